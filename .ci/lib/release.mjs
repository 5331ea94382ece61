// Publishes a release: a package for the addon of each target, and the one that depends on them.

import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun, npm, tool } from './shell.mjs';

const NEEDED = [
  'index.d.ts',
  'promptfoo.d.ts',
  'dist/index.js',
  'dist/pool.js',
  'dist/promptfoo.js',
  'dist/cli.js',
  'python/start.py',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'package.json',
];
/** What would show that something is packed that was not meant to be. */
const UNWANTED = /(^|\/)(__)?tests?(__)?\/|\.rs$|\.pyc$|\.node$|^\.|^ts\//;

/**
 * Publishes what is in this checkout with the addons in a folder, one for each of `napi.targets`, to
 * the registry that the environment's npm configuration names. The checkout is not changed. May be
 * run again when it failed half-way: what is published already is left as it is.
 */
export async function publishRelease(addons, { env = {}, quiet = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'python-worker-pool-'));
  try {
    const main = await unpack(folder);
    checkContents(main);
    cpSync(addons, join(main, 'addons'), { recursive: true });
    const napi = (...args) =>
      mustRun(...tool('@napi-rs/cli/cli.mjs', ...args, '--cwd', main), { env, quiet: true });
    await napi('create-npm-dirs');
    for (const target of readdirSync(join(main, 'npm'))) {
      copyFileSync(join(main, 'LICENSE'), join(main, 'npm', target, 'LICENSE'));
    }
    await napi('artifacts', '--output-dir', 'addons');
    // Publishes the packages of the addons, and adds them to `optionalDependencies` of the main one.
    await napi('pre-publish', '--tag-style', 'npm', '--no-gh-release');
    await mustRun(...npm('publish', '--ignore-scripts'), { cwd: main, env, quiet });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder of the main package as npm packs it, below `folder`. */
async function unpack(folder) {
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const name = (await mustRun(...npm(...args), { quiet: true })).trim();
  await mustRun('tar', ['-xzf', name], { cwd: folder, quiet: true });
  return join(folder, 'package');
}

/** A package that lacks something works in no project, and can not be published a second time. */
function checkContents(folder) {
  const files = readdirSync(folder, { recursive: true }).map((path) => path.replaceAll('\\', '/'));
  const missing = NEEDED.filter((path) => !files.includes(path));
  const unwanted = files.filter((path) => UNWANTED.test(path));
  if (missing.length > 0) throw new Error(`Missing from the package: ${missing.join(', ')}`);
  if (unwanted.length > 0) throw new Error(`Not wanted in the package: ${unwanted.join(', ')}`);
}
