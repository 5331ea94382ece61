// Helpers that all build steps share.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** An error whose message is a full explanation. */
export class SetupError extends Error {}

/** Prints why a script failed: with the stack, unless the message is a full explanation. */
export function explain(error) {
  console.error(error instanceof SetupError ? error.message : error);
}

/** Throws unless a development dependency is installed. */
export function requireInstalled(...path) {
  if (existsSync(join(root, 'node_modules', ...path))) return;
  throw new SetupError(
    'Building python-worker-pool from a checkout needs its development dependencies: ' +
      'run `npm ci` without --omit=dev.',
  );
}

/** Whether all of `built` exist and are newer than the sources. */
export function isFresh(built, sources, isSource = () => true) {
  const times = built.map((path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs);
  if (times.includes(undefined)) return false;
  const oldest = Math.min(...times);
  return sources.every((source) => newest(join(root, source), isSource) <= oldest);
}

/** The time of the latest change of a file, or of a folder and its contents; 0 if it does not exist. */
function newest(path, isSource) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || !isSource(path)) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time changes when a file in it is removed.
  const entries = readdirSync(path).map((name) => newest(join(path, name), isSource));
  return Math.max(stat.mtimeMs, ...entries);
}
