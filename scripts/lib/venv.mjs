// Virtual environments with packages from PyPI, each in its own folder in the cache.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';
import { mustRun } from './shell.mjs';

const quiet = { quiet: true };

/**
 * The folder of an environment called `name`, which is created on demand with the interpreter `python` and
 * the packages in `requirements`, as pip takes them.
 */
export async function virtualEnvironment(name, python, requirements) {
  const folder = join(cache, name);
  const stamp = join(folder, 'complete');
  if (!existsSync(stamp)) {
    console.log(`Installing ${name} ...`);
    await makeEnvironment(folder, python, requirements);
    writeFileSync(stamp, '');
  }
  return folder;
}

/** Creates an environment in any folder, which is emptied first. */
export async function makeEnvironment(folder, python, requirements) {
  rmSync(folder, { recursive: true, force: true });
  await mustRun(python.path, ['-m', 'venv', folder], quiet);
  await mustRun(pythonOf(folder), ['-m', 'pip', 'install', '--quiet', ...requirements], quiet);
}

/** The interpreter of an environment. */
export function pythonOf(folder) {
  return process.platform === 'win32'
    ? join(folder, 'Scripts', 'python.exe')
    : join(folder, 'bin', 'python');
}
