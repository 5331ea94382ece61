// The package as it is published: packs it, and installs it in a project.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { platformName } from './platform.mjs';
import { mustRun, npm, tool } from './shell.mjs';

const quiet = { quiet: true };

/** Packs the package in `source` and returns the path of the tarball. */
export async function pack(source, folder) {
  const before = readdirSync(folder);
  await mustRun(...npm('pack', '--pack-destination', folder), { cwd: source, quiet: true });
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz') && !before.includes(file));
  return join(folder, name);
}

/** Packs the native module as it is published: in a package of its own for each platform. */
export async function packNative(folder) {
  const name = `python-worker-pool.${platformName()}.node`;
  const built = join(folder, 'built');
  mkdirSync(built);
  copyFileSync(join(root, name), join(built, name));
  // The tool writes beside package.json, so not in the checkout; and wants all targets there are.
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  manifest.napi.targets = [(await mustRun('rustc', ['--print', 'host-tuple'], quiet)).trim()];
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const napi = (...args) => tool('@napi-rs/cli/cli.mjs', ...args, '--cwd', folder);
  await mustRun(...napi('create-npm-dirs'), quiet);
  await mustRun(...napi('artifacts', '--output-dir', 'built'), quiet);
  return pack(join(folder, 'npm', platformName()), folder);
}

/** A new project with these packages, installed without network. */
export async function install(project, tarballs) {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "trial", "private": true }\n');
  const options = ['--offline', '--no-audit', '--no-fund'];
  await mustRun(...npm('install', ...options, ...tarballs), { cwd: project, quiet: true });
}
