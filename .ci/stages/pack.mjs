// Checks what a release publishes: the main package, and a package with the addon of each target.

import { deepEqual, equal, throws } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checks } from '../../scripts/lib/checks.mjs';
import { linkedCrates } from '../../scripts/lib/licences/crates.mjs';
import { FILE, licenseText } from '../../scripts/lib/licences/index.mjs';
import { bundledPackages } from '../../scripts/lib/licences/npm.mjs';
import { rehearseRelease } from '../../scripts/lib/rehearsal.mjs';
import { checkAddon, checkContents } from '../../scripts/lib/release.mjs';
import { mustRun } from '../../scripts/lib/shell.mjs';
import { readTargets } from '../../scripts/lib/targets.mjs';

export const title = 'The packages of a release';

const NAME = 'python-worker-pool';

export async function run() {
  const checks = new Checks();
  const registry = await checks.check('A release publishes its packages', rehearseRelease);
  if (!registry) return checks.counts;
  try {
    await checks.check('There is a package for each target, and no other', () => names(registry));
    await checks.check('The main one depends on those, and on nothing else', () => main(registry));
    await checks.check('Each of those is for its platform only, and the main one for all', () =>
      platforms(registry),
    );
    await checks.check('An addon is in the package of its platform, and in no other', () =>
      addons(registry),
    );
    await checks.check('Each has the licences of all that it contains', () => licenses(registry));
    await checks.check('One that lacks them is not published', () => refusals(registry));
    await checks.check('The main one with an addon is not published', () => refusesAddon(registry));
    await checks.check('None has a script that npm runs where it is installed', () =>
      scripts(registry),
    );
  } finally {
    await registry.stop();
  }
  return checks.counts;
}

/** The package names for the targets of package.json. */
async function ofTargets() {
  return (await readTargets()).map(({ name }) => name).sort();
}

async function names(registry) {
  deepEqual(registry.names.sort(), [NAME, ...(await ofTargets())].sort());
}

async function main(registry) {
  const { dependencies, peerDependencies, optionalDependencies, version } = registry.manifest(NAME);
  deepEqual(
    { dependencies, peerDependencies },
    { dependencies: undefined, peerDependencies: undefined },
  );
  const expected = (await ofTargets()).map((name) => [name, version]);
  deepEqual(optionalDependencies, Object.fromEntries(expected));
}

async function platforms(registry) {
  const { version, repository, license } = registry.manifest(NAME);
  for (const name of await ofTargets()) {
    const manifest = registry.manifest(name);
    const [system, cpu, abi] = name.slice(NAME.length + 1).split('-');
    const libc = { gnu: ['glibc'], musl: ['musl'] }[abi];
    deepEqual([manifest.os, manifest.cpu, manifest.libc], [[system], [cpu], libc], name);
    equal(manifest.main, `${NAME}.${name.slice(NAME.length + 1)}.node`);
    // npm compares this repository with that of the signed provenance.
    deepEqual(
      [manifest.version, manifest.repository, manifest.license],
      [version, repository, license],
    );
  }
  const { os, cpu, libc } = registry.manifest(NAME);
  deepEqual([os, cpu, libc], [undefined, undefined, undefined]);
}

async function addons(registry) {
  for (const name of registry.names) {
    const { main } = registry.manifest(name);
    const files = await list(registry.tarball(name));
    if (name === NAME)
      deepEqual(
        files.filter((file) => file.endsWith('.node')),
        [],
      );
    else deepEqual(files.sort(), ['LICENSE', 'README.md', FILE, 'package.json', main], name);
  }
}

async function licenses(registry) {
  const bundled = (await bundledPackages()).map(({ name }) => name);
  await unpacked(registry.tarball(NAME), (folder) => requireNames(folder, bundled));
  for (const { name, triple } of await readTargets()) {
    const crates = (await linkedCrates(triple)).map((crate) => crate.name);
    await unpacked(registry.tarball(name), (folder) =>
      requireNames(folder, [...crates, 'The Rust standard library']),
    );
  }
}

function requireNames(folder, names) {
  const lines = readFileSync(join(folder, FILE), 'utf8').split('\n');
  for (const name of names) {
    if (!lines.some((line) => line.startsWith(`${name} `)))
      throw new Error(`No licence of ${name}`);
  }
}

async function refusesAddon(registry) {
  await unpacked(registry.tarball(NAME), (folder) => {
    const file = `${NAME}.linux-x64-gnu.node`;
    writeFileSync(join(folder, file), '');
    throws(() => checkContents(folder), { message: `Not wanted in the package: ${file}` });
  });
}

async function refusals(registry) {
  const [target] = await ofTargets();
  for (const [name, check] of [
    [NAME, checkContents],
    [target, checkAddon],
  ]) {
    await unpacked(registry.tarball(name), (folder) => {
      check(folder);
      rmSync(join(folder, FILE));
      throws(() => check(folder), { message: `Missing from the package: ${FILE}` });
      const part = { name: 'a package', license: 'MIT', folder: join(folder, 'empty') };
      mkdirSync(part.folder);
      throws(() => licenseText(part), /^Error: a package has no licence file/);
    });
  }
}

/** The names of the files in a tarball. */
function list(tarball) {
  return unpacked(tarball, (folder) => readdirSync(folder, { recursive: true }));
}

/** Resolves with the result of `use` on the folder of a package. */
async function unpacked(tarball, use) {
  const folder = mkdtempSync(join(tmpdir(), 'python-worker-pool-'));
  try {
    writeFileSync(join(folder, 'package.tgz'), tarball);
    await mustRun('tar', ['-xzf', 'package.tgz'], { cwd: folder, quiet: true });
    return use(join(folder, 'package'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scripts(registry) {
  const run = registry.names.flatMap((name) =>
    Object.keys(registry.manifest(name).scripts ?? {})
      .filter((script) => /^(pre|post)?install$/.test(script))
      .map((script) => `${name}: ${script}`),
  );
  deepEqual(run, []);
}
