// The package managers: how each installs the package, and how a program then runs. None may run
// install scripts: the package needs none.

import { join } from 'node:path';
import { npmPackage } from '../../scripts/lib/npm-packages.mjs';

const NAME = 'python-worker-pool';

export const NPM = {
  id: 'npm',
  title: 'npm',
  get: () => script('npm', '11.21.2', 'bin/npm-cli.js'),
  install: async (project, registry, tool) => {
    project.write('.npmrc', `registry=${registry.url}\n`);
    await project.run([tool, 'install', '--ignore-scripts', '--no-audit', '--no-fund', NAME]);
  },
};

/** The last pnpm in JavaScript, and the one that is a native program. */
const pnpms = [
  ['10', '10.34.8', 'bin/pnpm.cjs'],
  ['12', '12.21.0', 'bin/pnpm.mjs'],
].map(([major, version, path]) => ({
  id: `pnpm-${major}`,
  title: `pnpm ${major}`,
  get: () => script('pnpm', version, path),
  install: async (project, registry, tool) => {
    project.write('.npmrc', `registry=${registry.url}\nstore-dir=.store\n`);
    await project.run([tool, 'add', '--ignore-scripts', NAME]);
  },
}));

const yarn1 = {
  id: 'yarn-1',
  title: 'yarn 1',
  // It checks the platform of a package only after the download.
  downloadsAll: true,
  get: () => script('yarn', '1.22.22', 'bin/yarn.js'),
  install: async (project, registry, tool) => {
    const options = ['--ignore-scripts', '--no-progress', '--cache-folder', '.yarn-cache'];
    project.write('.yarnrc', `registry "${registry.url}"\n`);
    await project.run([tool, 'add', ...options, NAME]);
  },
};

const yarn4 = {
  id: 'yarn-4',
  title: 'yarn 4 with Plug’n’Play',
  get: () => script('@yarnpkg/cli-dist', '4.18.1', 'bin/yarn.js'),
  install: async (project, registry, tool) => {
    const settings = {
      npmRegistryServer: registry.url,
      unsafeHttpWhitelist: ['127.0.0.1'],
      enableScripts: false,
      enableTelemetry: false,
      pnpEnableEsmLoader: true,
      enableImmutableInstalls: false,
      npmMinimalAgeGate: 0,
    };
    project.write('.yarnrc.yml', JSON.stringify(settings));
    // Without this file, it would treat a folder further up as the project.
    project.write('yarn.lock', '');
    await project.run([tool, 'add', NAME]);
  },
  /** There is no node_modules: a loader shows Node.js where the packages are. */
  args: (tool) => [tool, 'node'],
};

export const MANAGERS = [NPM, ...pnpms, yarn1, yarn4].map((manager) => ({
  downloadsAll: false,
  args: () => [],
  ...manager,
}));

async function script(name, version, path) {
  return join(await npmPackage(name, version), path);
}
