// The crates that are linked into the addon of a target.
//
// cargo-about does this too, but would have to be built first, which takes longer than everything else in a release.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { modules, root } from '../paths.mjs';
import { mustRun } from '../shell.mjs';

const ROOT = 'python-worker-pool';
/** Crates without a licence file, and the npm package from the same repository that has it. */
const ELSEWHERE = { napi: '@napi-rs/cli', 'napi-sys': '@napi-rs/cli' };

/**
 * @param {string} triple  of the target
 * @returns {Promise<import('./text.mjs').Part[]>}
 */
export async function linkedCrates(triple) {
  const args = [
    'metadata',
    '--quiet',
    '--locked',
    '--format-version',
    '1',
    '--filter-platform',
    triple,
  ];
  const { packages, resolve } = JSON.parse(await mustRun('cargo', args, { quiet: true }));
  const crates = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  function add(id) {
    if (linked.has(id) || isMacro(crates.get(id))) return;
    linked.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      if (kinds.some(({ kind }) => kind === null)) add(pkg);
    }
  }
  add(packages.find(({ name }) => name === ROOT).id);
  return [...linked]
    .map((id) => crates.get(id))
    .filter(({ source }) => source !== null)
    .map(({ name, version, license, manifest_path: path }) => ({
      ...{ name, version, license },
      folder: name in ELSEWHERE ? join(modules, ELSEWHERE[name]) : dirname(path),
    }));
}

/** Whether a crate runs in the compiler only. */
function isMacro({ targets }) {
  return targets.some(({ kind }) => kind.includes('proc-macro'));
}

/** The licence of Rust's standard library, which cargo does not list. */
export function standardLibrary() {
  return readFileSync(join(root, 'scripts', 'lib', 'licences', 'rust.txt'), 'utf8');
}
