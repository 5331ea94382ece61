// `npm link`: a project in which the package is a link to a folder, here to an unpacked package.

import { equal } from 'node:assert/strict';
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../../scripts/lib/shell.mjs';

const NAME = 'python-worker-pool';

/** Links the package into a project without installing anything. */
export async function linkPackage(project, registry, npm) {
  const workspace = join(project.folder, '.linked');
  const folder = await unpack(registry, workspace);
  // Where npm keeps the links of all projects.
  const env = { NPM_CONFIG_PREFIX: join(workspace, 'global'), NPM_CONFIG_REGISTRY: registry.url };
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await project.run([npm, 'install', ...options], { env, cwd: folder });
  await project.run([npm, 'link', ...options], { env, cwd: folder });
  await project.run([npm, 'link', ...options, NAME], { env });
  equal(lstatSync(join(project.folder, 'node_modules', NAME)).isSymbolicLink(), true);
}

/** Returns the folder of the package. */
async function unpack(registry, workspace) {
  mkdirSync(workspace);
  const tarball = join(workspace, 'package.tgz');
  writeFileSync(tarball, registry.tarball(NAME));
  await mustRun('tar', ['-xzf', tarball], { cwd: workspace, quiet: true });
  const folder = join(workspace, 'package');
  // npm looks up development dependencies even if it does not install them, so remove them.
  const { devDependencies, ...manifest } = registry.manifest(NAME);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}
