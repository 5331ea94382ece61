// `npm link`: a project whose package is a link to a folder, here that of an unpacked package.

import { equal } from 'node:assert/strict';
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../lib/shell.mjs';

const NAME = 'python-worker-pool';

/** Links the package into a project, in which nothing is installed. */
export async function linkPackage(project, registry, npm) {
  const workspace = join(project.folder, '.linked');
  mkdirSync(workspace);
  const tarball = join(workspace, 'package.tgz');
  writeFileSync(tarball, registry.tarball(NAME));
  await mustRun('tar', ['-xzf', tarball], { cwd: workspace, quiet: true });

  // Where npm keeps the links of all projects.
  const env = { NPM_CONFIG_PREFIX: join(workspace, 'global'), NPM_CONFIG_REGISTRY: registry.url };
  const args = ['link', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'];
  const folder = join(workspace, 'package');
  await project.run([npm, 'install', ...args.slice(1)], { env, cwd: folder });
  await project.run([npm, ...args], { env, cwd: folder });
  await project.run([npm, ...args, NAME], { env });
  equal(lstatSync(join(project.folder, 'node_modules', NAME)).isSymbolicLink(), true);
}
