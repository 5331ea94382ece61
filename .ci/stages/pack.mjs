// What a release publishes: the main package, and one for the addon of each target.

import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checks } from '../../scripts/lib/checks.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { rehearseRelease } from '../../scripts/lib/rehearsal.mjs';
import { mustRun } from '../../scripts/lib/shell.mjs';

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
    await checks.check('None has a script that npm runs where it is installed', () =>
      scripts(registry),
    );
  } finally {
    await registry.stop();
  }
  return checks.counts;
}

/** The names that packages have for the targets of package.json. */
async function ofTargets() {
  const { parseTriple } = await import('@napi-rs/cli');
  const { napi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return napi.targets.map((target) => `${NAME}-${parseTriple(target).platformArchABI}`).sort();
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
    // npm compares the repository with the one that it signs the provenance of.
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
    else deepEqual(files.sort(), ['LICENSE', 'README.md', 'package.json', main], name);
  }
}

/** The names of the files in a tarball. */
async function list(tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'python-worker-pool-'));
  try {
    writeFileSync(join(folder, 'package.tgz'), tarball);
    const output = await mustRun('tar', ['-tzf', 'package.tgz'], { cwd: folder, quiet: true });
    return output
      .trim()
      .split(/\r?\n/)
      .map((path) => path.replace(/^package\//, ''));
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
