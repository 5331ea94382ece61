// The whole crate type-checks for platforms other than this machine's.
//
// `cargo check` for another platform needs that platform's standard library. Debian's Rust for web
// browsers is recent and comes with the library's sources, which cargo then checks along with the
// crate: neither the platform's own library nor its linker is needed. The packages are unpacked into
// the cache and not installed.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Checks } from '../../scripts/lib/checks.mjs';
import { cache } from '../../scripts/lib/paths.mjs';
import { exists, mustRun, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Type check for other platforms';
export const nightly =
  'macOS, and Linux with musl and on arm64, whose code differs less from what runs here';

const TARGETS = ['x86_64-pc-windows-msvc'];
const MORE_TARGETS = [
  'aarch64-apple-darwin',
  'x86_64-unknown-linux-musl',
  'aarch64-unknown-linux-gnu',
];
const PACKAGES = ['rustc-web', 'cargo-web', 'rust-web-src'];

const folder = join(cache, 'cross');
const toolchain = join(folder, 'toolchain');

export async function run({ isNightly }) {
  const checks = new Checks();
  const missing = await prefetch();
  if (missing) {
    console.log(`\nTHE TYPE CHECK FOR OTHER PLATFORMS WAS NOT RUN HERE: needs ${missing}\n`);
    return checks.counts;
  }
  const targets = isNightly ? [...TARGETS, ...MORE_TARGETS] : TARGETS;
  await checks.check(`The crates type-check for ${targets.join(', ')}`, () => typeCheck(targets));
  return checks.counts;
}

/** Gets the compiler. Resolves with what is missing for that, if anything. */
export async function prefetch() {
  if (existsSync(toolchain)) return undefined;
  const missing = await whatIsMissing();
  if (!missing) await unpackToolchain();
  return missing;
}

async function typeCheck(names) {
  const bin = join(toolchain, 'usr', 'bin');
  const libraries = join(toolchain, 'usr', 'lib');
  // All in one run, so that cargo checks the libraries of the targets in parallel.
  const targets = names.flatMap((target) => ['--target', target]);
  const args = [
    'check',
    '--workspace',
    '--locked',
    '--keep-going',
    '-Z',
    'build-std=std,panic_abort',
    ...targets,
  ];
  await mustRun(join(bin, 'cargo'), args, {
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      LD_LIBRARY_PATH: readdirSync(libraries)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(libraries, name))
        .join(':'),
      // Lets a stable compiler accept `-Z`.
      RUSTC_BOOTSTRAP: '1',
      // The addon is a shared library, which a statically linked musl does not support.
      RUSTFLAGS: '-D warnings -C target-feature=-crt-static',
      // Not shared with the usual compiler: each would rebuild everything after the other.
      CARGO_TARGET_DIR: join(folder, 'target'),
    },
  });
}

/** Options that give apt its own package lists and cache, for which it does not need root. */
function apt(...args) {
  const options = {
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': folder,
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': '1',
  };
  return [
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...args,
  ];
}

async function whatIsMissing() {
  if (!(await exists('apt-get'))) return 'apt';
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'archives', 'partial'), { recursive: true });
  await mustRun('apt-get', apt('update', '--error-on=any'), { quiet: true });
  const { code } = await start('apt-cache', apt('show', ...PACKAGES), { quiet: true });
  return code === 0 ? undefined : `the Debian packages ${PACKAGES.join(', ')}`;
}

async function unpackToolchain() {
  // apt adds the missing dependencies of these packages.
  const install = ['install', '--download-only', '--no-install-recommends', '--yes'];
  await mustRun('apt-get', apt(...install, ...PACKAGES), { quiet: true });
  const archives = join(folder, 'archives');
  const unpacked = `${toolchain}.part`;
  rmSync(unpacked, { recursive: true, force: true });
  for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
    await mustRun('dpkg', ['-x', join(archives, name), unpacked], { quiet: true });
  }
  renameSync(unpacked, toolchain);
  for (const name of ['archives', 'lists']) rmSync(join(folder, name), { recursive: true });
}
