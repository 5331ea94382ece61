// Uses a release as users do: installs it with each package manager on each Node.js, loads it in every
// way, and runs it on other runtimes. Each of these calls Python.
//
// The release is published to a registry on this machine, and installed without network, compiler and
// install scripts. A checkout is installed as well: by its folder, packed, and at night by its git URL.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checks } from '../../scripts/lib/checks.mjs';
import { MAJORS, nodeOfMajor } from '../../scripts/lib/nodes.mjs';
import { platformName } from '../../scripts/lib/platform.mjs';
import { rehearseRelease } from '../../scripts/lib/rehearsal.mjs';
import { linkPackage } from '../install/link.mjs';
import { LOADERS } from '../install/loaders.mjs';
import { MANAGERS, NPM } from '../install/managers.mjs';
import { Project } from '../install/project.mjs';
import { add, RUNTIMES, smoke, smokeNames } from '../install/runtimes.mjs';
import { GIT, SOURCES } from '../install/sources.mjs';

export const title = 'Install with each package manager, load in each way, run on each runtime';
export const nightly =
  'each package manager on each release of Node.js, in place of the newest one; a git URL';

/** A release that cannot be downloaded is reported when it is used. */
export function prefetch() {
  return Promise.allSettled([...MANAGERS, ...RUNTIMES].map(({ get }) => get()));
}

export async function run({ isNightly }) {
  const checks = new Checks();
  const registry = await checks.check('A release publishes its packages', rehearseRelease);
  if (!registry) return checks.counts;
  const folder = mkdtempSync(join(tmpdir(), 'python-worker-pool-'));
  try {
    await installEverywhere(checks, registry, folder, isNightly ? MAJORS : MAJORS.slice(-1));
    const project = await installForAll(checks, registry, folder);
    if (project) {
      await loadInEachWay(checks, project);
      await runOnEachRuntime(checks, registry, folder, await smokeNames(project));
    }
    await link(checks, registry, new Project(join(folder, 'link'), process.execPath));
    await installSources(checks, folder, isNightly ? [...SOURCES, GIT] : SOURCES);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await registry.stop();
  }
  return checks.counts;
}

async function installEverywhere(checks, registry, folder, majors) {
  for (const manager of MANAGERS) {
    const tool = await checks.check(`${manager.title} is there`, manager.get);
    if (!tool) continue;
    for (const major of majors) {
      await checks.check(`${manager.title} installs it on Node.js ${major}`, async () => {
        const project = new Project(
          join(folder, `${manager.id}-${major}`),
          await nodeOfMajor(major),
        );
        await install(project, registry, manager, tool);
        for (const program of ['use.cjs', 'use.mjs']) {
          await project.runCheck([...manager.args(tool), program]);
        }
      });
    }
  }
}

/** Returns a project on this Node.js with the package in its node_modules. */
function installForAll(checks, registry, folder) {
  return checks.check(`npm installs it on Node.js ${process.versions.node}`, async () => {
    const project = new Project(join(folder, 'project'), process.execPath);
    await install(project, registry, NPM, await NPM.get());
    return project;
  });
}

async function install(project, registry, manager, tool) {
  registry.downloads.length = 0;
  await manager.install(project, registry, tool);
  const ours = ['python-worker-pool', `python-worker-pool-${platformName()}`];
  const others = registry.downloads.filter((name) => !ours.includes(name));
  if (others.length > 0 && !manager.downloadsAll) {
    throw new Error(`It downloads for other platforms: ${others.join(', ')}`);
  }
}

async function loadInEachWay(checks, project) {
  for (const [name, load] of LOADERS) {
    await checks.check(`It loads from ${name}`, () => load(project));
  }
}

async function runOnEachRuntime(checks, registry, folder, names) {
  for (const runtime of RUNTIMES) {
    const program = await checks.check(`${runtime.title} is there`, runtime.get);
    if (!program) continue;
    const project = new Project(join(folder, runtime.title), process.execPath);
    await checks.check(`${runtime.title} installs it`, () =>
      add(project, registry, program, runtime.add),
    );
    for (const name of names) {
      await checks.check(`${runtime.title}: ${name}`, () =>
        smoke(project, program, runtime.run, name),
      );
    }
  }
}

async function installSources(checks, folder, sources) {
  for (const [index, [name, install]] of sources.entries()) {
    await checks.check(`npm installs ${name}`, async () => {
      const project = new Project(join(folder, `source-${index}`), process.execPath);
      await install(project, await NPM.get());
    });
  }
}

async function link(checks, registry, project) {
  await checks.check('It loads from a folder that `npm link` has linked', async () => {
    await linkPackage(project, registry, await NPM.get());
    for (const program of ['use.cjs', 'use.mjs']) await project.runCheck([program]);
  });
}
