// Makes a clean clone ready for `npm test` and `npm start`: what is missing or out of date is
// installed and built, what is there is left alone. Has no dependency, as none may be there yet.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from './lib/native.mjs';
import { root } from './lib/paths.mjs';
import { findPython, OLDEST } from './lib/pythons.mjs';
import { buildScripts } from './lib/scripts.mjs';
import { SetupError } from './lib/setup.mjs';
import { npm, run } from './lib/shell.mjs';

async function installPackages() {
  const time = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // npm writes the second file at the end of every install.
  if (time('package-lock.json') <= time('node_modules/.package-lock.json')) return;
  console.log('Installing the development dependencies ...');
  const { code } = await run(...npm('ci', '--no-audit', '--no-fund'));
  if (code !== 0) throw new SetupError('`npm ci` failed: see above.');
}

function requirePython() {
  if (findPython()) return;
  throw new SetupError(
    `python-worker-pool needs Python ${OLDEST.join('.')} or newer, and neither python3 nor python ` +
      'is one: install it from https://www.python.org and run this command again.',
  );
}

try {
  requirePython();
  await installPackages();
  // `npm ci` has built them by its `prepare` script, unless scripts are switched off.
  await buildNative();
  await buildScripts();
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}
