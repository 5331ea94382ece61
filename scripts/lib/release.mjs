// Publishes a release: a package for the addon of each target, and the one that depends on them.

import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILE, licensesOfAddon } from './licences/index.mjs';
import { root } from './paths.mjs';
import { mustRun, npm, tool } from './shell.mjs';
import { readTargets } from './targets.mjs';

/** Files of the package besides the entry points in package.json. */
const NEEDED = [
  'dist/pool.js',
  'dist/promptfoo.js',
  'promptfoo.d.ts',
  'python/start.py',
  'README.md',
  'LICENSE',
  FILE,
  'CHANGELOG.md',
  'package.json',
];
/** Files that must not be in a package. */
const UNWANTED = /(^|\/)(__)?tests?(__)?\/|\.rs$|\.pyc$|\.node$|^\.|^(src|ts)\//;

/**
 * Publishes this checkout, with the addons in a folder, one for each of `napi.targets`, to the registry
 * in the environment's npm configuration. The checkout does not change. After a failure, it can run
 * again: packages that are already published stay as they are.
 */
export async function publishRelease(addons, { env = {}, quiet = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'python-worker-pool-'));
  try {
    const main = await unpack(folder);
    dropAddons(main);
    dropScripts(main);
    checkContents(main);
    cpSync(addons, join(main, 'addons'), { recursive: true });
    const napi = (...args) =>
      mustRun(...tool('@napi-rs/cli/cli.mjs', ...args, '--cwd', main), { env, quiet: true });
    await napi('create-npm-dirs');
    for (const target of await readTargets()) {
      await addLicenses(join(main, 'npm', target.platform), target);
    }
    await napi('artifacts', '--output-dir', 'addons');
    for (const { platform } of await readTargets()) checkAddon(join(main, 'npm', platform));
    // Publishes the packages of the addons, and adds them to `optionalDependencies` of the main one.
    await napi('pre-publish', '--tag-style', 'npm', '--no-gh-release');
    // `artifacts` has put copies of all of them here.
    dropAddons(main);
    await mustRun(...npm('publish', '--ignore-scripts'), { cwd: main, env, quiet });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds our licence, and those of the crates in its addon, to the package of a target. */
async function addLicenses(folder, { name, triple }) {
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, FILE), await licensesOfAddon(name, triple));
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.files.push(FILE);
  writeFileSync(path, JSON.stringify(manifest, null, 2));
}

/** The folder of the main package as npm packs it, below `folder`. */
async function unpack(folder) {
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const name = (await mustRun(...npm(...args), { quiet: true })).trim();
  await mustRun('tar', ['-xzf', name], { cwd: folder, quiet: true });
  return join(folder, 'package');
}

/**
 * What `npm pack` makes, and what npm makes of a git URL, has the addon that was built in the folder. In a release, each
 * addon has a package of its own.
 */
function dropAddons(folder) {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.node'))) {
    rmSync(join(folder, name));
  }
}

/** The scripts are for a checkout. npm would list `prepare` as an install script of the package's tarball. */
function dropScripts(folder) {
  const path = join(folder, 'package.json');
  const { scripts: _, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Checks that nothing is missing: an incomplete package is useless, and cannot be published again. */
export function checkContents(folder) {
  const files = readdirSync(folder, { recursive: true }).map((path) => path.replaceAll('\\', '/'));
  const unwanted = files.filter((path) => UNWANTED.test(path));
  requireFiles(folder, [...entryPoints(folder), ...NEEDED], files);
  if (unwanted.length > 0) throw new Error(`Not wanted in the package: ${unwanted.join(', ')}`);
}

/** The files in package.json: for `require`, for `import`, for TypeScript and for the command line. */
function entryPoints(folder) {
  const { main, types, bin, exports } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const leaves = (value) =>
    typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
  return [main, types, ...leaves(bin), ...leaves(exports)].map((path) => path.replace(/^\.\//, ''));
}

/** Checks the package of a target likewise. */
export function checkAddon(folder) {
  const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  requireFiles(folder, [main, 'LICENSE', FILE]);
}

function requireFiles(folder, needed, files = readdirSync(folder)) {
  const missing = needed.filter((path) => !files.includes(path));
  if (missing.length > 0) throw new Error(`Missing from the package: ${missing.join(', ')}`);
}
