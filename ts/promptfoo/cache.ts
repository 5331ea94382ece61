// The cache of promptfoo's evaluation, where a provider can know that it is to be used.

import { createHash } from 'node:crypto';
import { evalCommand } from './command-line.js';
import type { Log } from './log.js';
import type { Result } from './results.js';
import type { Cache, CallApiContext } from './types.js';

/** Variables that promptfoo adds to those of a test case: they are others in each evaluation. */
const RUNTIME_VARS = new Set(['__evalId', '__evalStepId', '__repeatIndex']);

/**
 * The cache to use for a call; undefined for none.
 *
 * promptfoo hands its cache to each call and does not say whether it is switched off. On its command
 * line it is one that only keeps things in memory then (`--no-cache`, `cache: false`,
 * `PROMPTFOO_CACHE_ENABLED=false`), where it otherwise has a file. Elsewhere, as in `evaluate()` of the
 * library, there is no sign of it: nothing is cached.
 */
export async function openCache(context: CallApiContext | undefined): Promise<Cache | undefined> {
  if (typeof context?.getCache !== 'function' || !evalCommand()) {
    return undefined;
  }
  const cache = await context.getCache();
  return cache?.stores?.some(({ store }) => !isMap(store)) ? cache : undefined;
}

/** Of any realm: under Jest promptfoo's are not ours. */
function isMap(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Map]';
}

/** The variables of a test case as they were written. */
export function ownVars(vars: Record<string, unknown> | undefined): object | undefined {
  return (
    vars && Object.fromEntries(Object.entries(vars).filter(([name]) => !RUNTIME_VARS.has(name)))
  );
}

/** A result from the cache. One that can not be read is none: a call costs less than a failure. */
export async function readCache(cache: Cache, key: string, log: Log): Promise<Result | undefined> {
  try {
    const text = await cache.get(key);
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch (error) {
    log.warn(`promptfoo's cache can not be read: ${error}`);
    return undefined;
  }
}

/** Keeps a result, unless it would come back as another one, or the cache can not be written. */
export async function writeCache(cache: Cache, key: string, result: Result, log: Log) {
  if (!isCacheable(result)) {
    return;
  }
  try {
    await cache.set(key, JSON.stringify(result));
  } catch (error) {
    log.warn(`promptfoo's cache can not be written: ${error}`);
  }
}

/** The key for what a result depends on; undefined when that has no JSON text. */
export function cacheKey(dependencies: unknown[]): string | undefined {
  try {
    const text = JSON.stringify(dependencies);
    return `python-worker-pool:${createHash('sha256').update(text).digest('hex')}`;
  } catch {
    return undefined; // it refers to itself, or has a BigInt
  }
}

/** Whether a result is the same after it was written to the cache and read back. */
function isCacheable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  if (ArrayBuffer.isView(value)) {
    return false; // bytes
  }
  return Object.values(value).every(isCacheable);
}
