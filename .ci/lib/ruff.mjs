// Gets ruff, which formats and lints the Python files.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';
import { findPython } from './pythons.mjs';
import { mustRun } from './shell.mjs';

const VERSION = '0.17.6';

/** The path of ruff, installed when it is not there yet. */
export async function ruff() {
  const folder = join(cache, 'ruff', VERSION);
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const path = join(bin, process.platform === 'win32' ? 'ruff.exe' : 'ruff');
  if (existsSync(path)) return path;
  rmSync(folder, { recursive: true, force: true });
  const quiet = { quiet: true };
  await mustRun(findPython().path, ['-m', 'venv', folder], quiet);
  const python = join(bin, 'python');
  await mustRun(python, ['-m', 'pip', 'install', '--quiet', `ruff==${VERSION}`], quiet);
  return path;
}
