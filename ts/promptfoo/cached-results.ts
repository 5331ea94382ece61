// Results in promptfoo's cache. They are found without Python: beside them, the cache has the lists of the files that a
// script has loaded, because the contents of these files are part of a result's key.

import { cacheKey, isCacheable, readCache } from './cache.js';
import { writeCache } from './cache-writes.js';
import type { Log } from './log.js';
import type { Result } from './results.js';
import type { SourceFiles } from './source-files.js';
import type { Cache } from './types.js';

/** Maximum number of lists for one version of a script. */
const MAX_LISTS = 8;

/** What a script has loaded over time, such as in its functions: each list goes on where the one before ended. */
type Lists = readonly (readonly string[])[];

type Versions = ReadonlyMap<string, string | null | undefined>;

/** What does not change between the calls of a provider, the version of the script included. */
export type Origin = readonly unknown[];

export class CachedResults {
  readonly #cache: Cache;
  readonly #files: SourceFiles;
  readonly #log: Log;

  constructor(cache: Cache, files: SourceFiles, log: Log) {
    this.#cache = cache;
    this.#files = files;
    this.#log = log;
  }

  /** The result of a call with these inputs, of the files as they are now. */
  async find(origin: Origin, inputs: readonly unknown[]): Promise<Result | undefined> {
    const lists = await this.#lists(origin);
    const versions = this.#versions(lists.flat());
    for (let length = lists.length; length > 0; length -= 1) {
      const key = resultKey(origin, inputs, lists.slice(0, length), versions);
      const result = key && (await readCache(this.#cache, key, this.#log));
      if (result) {
        return result as Result;
      }
    }
    return undefined;
  }

  /**
   * Stores a result, unless the copy that is read back would differ.
   *
   * @param loaded the files that its workers have loaded, which have not changed since
   */
  async store(
    origin: Origin,
    inputs: readonly unknown[],
    loaded: readonly string[],
    result: Result,
  ): Promise<void> {
    const listKey = cacheKey(['files', ...origin]);
    if (!listKey || !isCacheable(result)) {
      return;
    }
    const known = await this.#lists(origin);
    const lists = extended(known, loaded);
    const key = resultKey(origin, inputs, lists, this.#versions(lists.flat()));
    if (key) {
      if (lists !== known) {
        writeCache(this.#cache, listKey, lists, this.#log);
      }
      writeCache(this.#cache, key, result, this.#log);
    }
  }

  async #lists(origin: Origin): Promise<Lists> {
    const key = cacheKey(['files', ...origin]);
    const lists = key && (await readCache(this.#cache, key, this.#log));
    return Array.isArray(lists) ? lists : [];
  }

  /** The version of each file: null if it is gone, undefined if it cannot be read. */
  #versions(paths: readonly string[]): Versions {
    return new Map(
      paths.map((path) => {
        const state = this.#files.state(path);
        return [path, state ? state.version : null];
      }),
    );
  }
}

/** Undefined if a file cannot be read, or a value has no JSON form. */
function resultKey(
  origin: Origin,
  inputs: readonly unknown[],
  lists: Lists,
  versions: Versions,
): string | undefined {
  const files = lists
    .flat()
    .sort()
    .map((path) => [path, versions.get(path)] as const);
  return files.some(([, version]) => version === undefined)
    ? undefined
    : cacheKey(['result', ...origin, files, ...inputs]);
}

/** The lists with what they lack; themselves if they lack nothing. */
function extended(lists: Lists, loaded: readonly string[]): Lists {
  const known = new Set(lists.flat());
  const more = loaded.filter((path) => !known.has(path)).sort();
  if (more.length === 0 && lists.length > 0) {
    return lists;
  }
  if (lists.length < MAX_LISTS) {
    return [...lists, more];
  }
  // Results that were stored with the last list are not found any more.
  return [...lists.slice(0, -1), [...(lists.at(-1) ?? []), ...more]];
}
