// Builds the native module and its types when they are missing or older than their sources.
//
// cargo would know better what to do, but `napi build` makes it compile the crate a second time
// after a first build, to collect the types: `npm ci && npm run build` must not pay twice.

import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { platformName } from './platform.mjs';
import { exists, npm, run } from './shell.mjs';

const MODULE = join(root, `python-worker-pool.${platformName()}.node`);
// The build writes `index.d.ts` too: one that was changed since, by hand or by git, is written anew.
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src', 'index.d.ts'];

/** An error that is explained in full by its message. */
export class SetupError extends Error {}

/** Resolves with whether there was anything to do. */
export async function buildNative() {
  if (isFresh()) return false;
  if (!(await exists('cargo'))) {
    throw new SetupError(
      'Building python-worker-pool from a checkout needs Rust, and cargo was not found: ' +
        'install it from https://rustup.rs and run this command again.',
    );
  }
  if (!existsSync(join(root, 'node_modules', '@napi-rs', 'cli'))) {
    throw new SetupError(
      'Building python-worker-pool from a checkout needs its development dependencies: ' +
        'run `npm ci` without --omit=dev.',
    );
  }
  console.log('Building the native module (a minute or two the first time) ...');
  const { code } = await run(...npm('run', '--silent', 'build:native'));
  if (code !== 0) throw new SetupError('The native module could not be built: see above.');
  // Some platforms copy a file with its old times, and cargo may have had nothing to do.
  utimesSync(MODULE, new Date(), new Date());
  return true;
}

function isFresh() {
  if (!existsSync(MODULE) || !existsSync(join(root, 'index.d.ts'))) return false;
  const built = statSync(MODULE).mtimeMs;
  return SOURCES.every((source) => newest(join(root, source)) <= built);
}

/** The latest change of a file or, with all that is in it, of a folder; 0 where there is none. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  // `src/node` holds JavaScript too, which is not compiled.
  if (!stat || path.endsWith('.js')) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time tells of files that were removed from it.
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
