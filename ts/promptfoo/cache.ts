// The cache of promptfoo's evaluation, where a provider can tell whether to use it.

import { createHash } from 'node:crypto';
import { evalCommand } from './command-line.js';
import type { Log } from './log.js';
import type { Cache, CallApiContext } from './types.js';

/** Variables that promptfoo adds to those of a test case; their values differ in each evaluation. */
const RUNTIME_VARS = new Set(['__evalId', '__evalStepId', '__repeatIndex']);

/**
 * The cache to use for a call; undefined for none.
 *
 * promptfoo passes its cache to each call and does not say whether it is disabled. On its command line, a
 * disabled cache (`--no-cache`, `cache: false`, `PROMPTFOO_CACHE_ENABLED=false`) is kept in memory only, an
 * enabled one in a file. Elsewhere, such as in `evaluate()` of the library, the two cannot be distinguished:
 * nothing is cached.
 */
export async function openCache(
  context: CallApiContext | null | undefined,
): Promise<Cache | undefined> {
  if (typeof context?.getCache !== 'function' || !evalCommand()) {
    return undefined;
  }
  const cache = await context.getCache();
  return cache?.stores?.some(({ store }) => !isMap(store)) ? cache : undefined;
}

/** A `Map` of any realm: under Jest, promptfoo's realm is not ours. */
function isMap(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Map]';
}

/** The variables of a test case without those that promptfoo adds. */
export function ownVars(vars: Record<string, unknown> | undefined): object | undefined {
  return (
    vars && Object.fromEntries(Object.entries(vars).filter(([name]) => !RUNTIME_VARS.has(name)))
  );
}

/** A value from the cache. An unreadable entry is treated as a miss. */
export async function readCache(cache: Cache, key: string, log: Log): Promise<unknown> {
  try {
    const text = await cache.get(key);
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch (error) {
    log.warnOnce(`promptfoo's cache cannot be read: ${error}`);
    return undefined;
  }
}

/** The key for the values that a result depends on; undefined if they have no JSON form. */
export function cacheKey(dependencies: unknown[]): string | undefined {
  try {
    const text = JSON.stringify(dependencies);
    return `python-worker-pool:${createHash('sha256').update(text).digest('hex')}`;
  } catch {
    return undefined; // a cycle, or a BigInt
  }
}

/** Whether a result stays the same when it is written to the cache and read back. */
export function isCacheable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  if (ArrayBuffer.isView(value)) {
    return false; // bytes
  }
  return Object.values(value).every(isCacheable);
}
