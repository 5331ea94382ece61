// Paths of the host, made absolute when a pool is made: a later `process.chdir()` changes nothing.

import path from 'node:path';
import { show } from './checks.js';
import { invalidArgument } from './failures.js';

const SEPARATOR = process.platform === 'win32' ? /[\\/]/ : /\//;

/** Relative to `folder`, which may itself be relative to the working directory of Node.js. */
export function absolute(name: string, value: string, folder = ''): string {
  try {
    return path.resolve(folder, value);
  } catch {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be an absolute path, because the working directory of ` +
        'Node.js does not exist.',
    );
  }
}

/** The interpreter as the native side takes it: an absolute path, or a name to look up on `PATH`. */
export function interpreterPath(pythonPath: string, cwd: string | undefined): string {
  return SEPARATOR.test(pythonPath) ? absolute('pythonPath', pythonPath, cwd) : pythonPath;
}
