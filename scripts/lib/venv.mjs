// Virtual environments with packages from PyPI, in folders of their own below the cache.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';
import { mustRun } from './shell.mjs';

const quiet = { quiet: true };

/**
 * The folder of an environment of the interpreter `python`, with what `requirements` say to pip. It is
 * made when it is not there yet: `name` tells one from another.
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

/** The same in a folder anywhere, made anew. */
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
