// Gets packages of npm that only some checks need, each into a folder of its own below the cache.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cache } from './paths.mjs';
import { mustRun, npm } from './shell.mjs';

/** The folder of a package, installed when it is not there yet; no install script of it is run. */
export async function npmPackage(name, version) {
  const folder = join(cache, 'npm', `${name}@${version}`);
  if (!existsSync(folder)) {
    // An install that was interrupted must not be taken for a whole one.
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    const options = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
    await mustRun(...npm('install', '--prefix', part, ...options, `${name}@${version}`), {
      cwd: part,
      quiet: true,
    });
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(part, folder);
  }
  return join(folder, 'node_modules', name);
}
