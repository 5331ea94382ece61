// The `build` script, and the `prepare` script: npm runs that one after `npm ci` in a checkout, before
// `npm pack`, and where this repository is installed as a git dependency, but never where the
// published package is installed.

import { buildNative } from './lib/native.mjs';
import { buildScripts } from './lib/scripts.mjs';
import { SetupError } from './lib/setup.mjs';

try {
  const built = [await buildNative(), await buildScripts()];
  if (!built.includes(true) && process.env.npm_lifecycle_event === 'build') {
    console.log('Nothing has changed.');
  }
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}
