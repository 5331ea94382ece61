// Prepares a clean clone: installs and builds what is missing or out of date. It has no dependencies,
// because none may be installed yet.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from './native.mjs';
import { root } from './paths.mjs';
import { findPython, OLDEST } from './pythons.mjs';
import { buildScripts } from './scripts.mjs';
import { SetupError } from './setup.mjs';
import { npm, run } from './shell.mjs';

export function requirePython() {
  const python = findPython();
  if (python) return python;
  throw new SetupError(
    `python-worker-pool needs Python ${OLDEST.join('.')} or newer, and neither python3 nor python ` +
      'is one: install it from https://www.python.org and run this command again.',
  );
}

export async function installPackages() {
  const time = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // npm writes the second file at the end of every install.
  if (time('package-lock.json') <= time('node_modules/.package-lock.json')) return;
  console.log('Installing the development dependencies ...');
  const { code } = await run(...npm('ci', '--no-audit', '--no-fund'));
  if (code !== 0) throw new SetupError('`npm ci` failed: see above.');
}

/**
 * Resolves with whether there was anything to build. The `prepare` script of `npm ci` has done so, unless
 * scripts are disabled.
 */
export async function buildPackage() {
  return [await buildNative(), await buildScripts()].includes(true);
}
