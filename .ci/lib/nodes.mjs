// Gets releases of Node.js, from npm's packages of its binaries.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';
import { mustRun, npm } from './shell.mjs';

/** The path of a `node` of that major version, installed when it is not there yet. */
export async function nodeOfMajor(major) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(cache, 'nodes', String(major));
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(folder, 'node_modules', name, 'bin', program);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const options = ['--prefix', folder, '--no-package-lock', '--no-audit', '--no-fund'];
    await mustRun(...npm('install', ...options, `${name}@${major}`), { cwd: folder, quiet: true });
  }
  return path;
}
