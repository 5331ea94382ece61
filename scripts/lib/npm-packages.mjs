// Installs npm packages that only some checks need, each into its own folder in the cache.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cache } from './paths.mjs';
import { mustRun, npm } from './shell.mjs';

/** The folder of a package, which is installed on demand, without install scripts. */
export async function npmPackage(name, version) {
  const folder = join(cache, 'npm', `${name}@${version}`);
  if (!existsSync(folder)) {
    // An interrupted installation must not pass for a complete one.
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
