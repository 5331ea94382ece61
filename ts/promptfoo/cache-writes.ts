// What is being written to promptfoo's cache.

import type { Log } from './log.js';
import type { Cache } from './types.js';

/**
 * promptfoo writes its cache file this long after a change, or a little less by another clock. What is set while the file
 * is being written is not in it, and yet counts as written with it: then `set` may take less than this time.
 */
const MIN_SAVE_TIME_MS = 95;

/** The writes of all providers, which share a file. */
const pending = new Set<Promise<void>>();

/** Number of writes so far. */
let writes = 0;

/** Repeats the last write, if that may be missing from the file. */
let repeat: (() => Promise<unknown>) | undefined;

/** Begins to write an entry. Failures are only logged. */
export function writeCache(cache: Cache, key: string, value: unknown, log: Log): void {
  const text = JSON.stringify(value);
  const isAlone = pending.size === 0;
  const started = performance.now();
  writes += 1;
  const number = writes;
  const writing = attempt().then((isWritten) => {
    pending.delete(writing);
    const isSure = isAlone && performance.now() - started >= MIN_SAVE_TIME_MS;
    if (isWritten && !isSure) {
      repeat = attempt;
    } else if (number === writes) {
      repeat = undefined;
    }
  });
  pending.add(writing);

  async function attempt(): Promise<boolean> {
    try {
      await cache.set(key, text);
      return true;
    } catch (error) {
      log.warnOnce(`promptfoo's cache cannot be written: ${error}`);
      return false;
    }
  }
}

/** Resolves when everything is in the file: promptfoo may end the process at once. */
export async function finishWrites(): Promise<void> {
  await Promise.all(pending);
  if (repeat && pending.size === 0) {
    const again = repeat;
    repeat = undefined;
    await new Promise(setImmediate); // only then does a change make promptfoo write the file again
    await again();
  }
}
