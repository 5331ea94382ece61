// Builds the native module and its types if they are missing or older than their sources.
//
// cargo would know this better, but after a first build `napi build` makes it compile the crate again to
// collect the types, and `npm ci && npm run build` must not pay twice.

import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { platformName } from './platform.mjs';
import { isFresh, requireInstalled, SetupError } from './setup.mjs';
import { exists, npm, run } from './shell.mjs';

const MODULE = `python-worker-pool.${platformName()}.node`;
// The build also writes the types: if that file has changed since, they are rebuilt.
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'crates', 'src', 'ts/pool/native.d.ts'];

/** Resolves with whether there was anything to do. */
export async function buildNative() {
  if (isFresh([MODULE], SOURCES, isCompiled)) return false;
  if (!(await exists('cargo'))) {
    throw new SetupError(
      'Building python-worker-pool from a checkout needs Rust, and cargo was not found: ' +
        'install it from https://rustup.rs and run this command again.',
    );
  }
  requireInstalled('@napi-rs', 'cli');
  console.log('Building the native module (a minute or two the first time) ...');
  const { code } = await run(...npm('run', '--silent', 'build:native'));
  if (code !== 0) throw new SetupError('The native module could not be built: see above.');
  // The file may still have its old time: copies keep it on some platforms, or cargo had nothing to do.
  utimesSync(join(root, MODULE), new Date(), new Date());
  return true;
}

/** A changed test does not need a new addon. */
function isCompiled(path) {
  return !/[\\/]tests$/.test(path);
}
