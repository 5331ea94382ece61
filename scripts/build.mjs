// The `build` script and the `prepare` script. npm runs the latter after `npm ci` in a checkout, before
// `npm pack`, and when this repository is installed as a git dependency, but never when the published
// package is installed.

import { buildPackage } from './lib/prepare.mjs';
import { explain } from './lib/setup.mjs';

try {
  const isBuilt = await buildPackage();
  if (!isBuilt && process.env.npm_lifecycle_event === 'build') console.log('Nothing has changed.');
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
