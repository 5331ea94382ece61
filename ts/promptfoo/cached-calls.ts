// The calls of a provider whose results promptfoo's cache may have.

import { writeLine } from '../pool/stderr.js';
import { cacheKey } from './cache.js';
import { finishWrites } from './cache-writes.js';
import { CachedResults, type Origin } from './cached-results.js';
import type { Generation } from './generation.js';
import type { Log } from './log.js';
import { cached, fresh, hasError, type Result } from './results.js';
import type { Cache, ProviderResponse } from './types.js';
import type { Workers } from './workers.js';

export interface Answer {
  result: Result;
  /** The workers that made it. */
  workers: Generation;
}

export interface CachedCall {
  /** The workers that answer it. */
  workers: Workers;
  /** What its provider's results depend on, beside the contents of files. */
  provider: readonly unknown[];
  /** What only its own result depends on. */
  inputs: readonly unknown[];
  /** Whether to ignore a cached result. */
  isBusted: boolean | undefined;
  /** Calls Python. */
  answer: () => Promise<Answer>;
}

/** The providers whose summary has not been logged: promptfoo cleans up only after an evaluation that passes. */
const unlogged = new Set<CachedCalls>();

export class CachedCalls {
  /** The provider, as promptfoo shows it. */
  readonly #name: () => string;
  readonly #log: Log;
  #running = 0;
  #calls = 0;
  #fromCache = 0;

  constructor(name: () => string, log: Log) {
    this.#name = name;
    this.#log = log;
  }

  async answer(cache: Cache, call: CachedCall): Promise<ProviderResponse> {
    this.#running += 1;
    this.#calls += 1;
    try {
      return await this.#answer(cache, call);
    } finally {
      this.#running -= 1;
      // An evaluation may end with this call, and the process with it. Other calls do not wait for the file.
      if (this.#running === 0) {
        await finishWrites();
      }
    }
  }

  /** Logs how many results came from the cache, at the end of an evaluation. */
  summarize(): void {
    const summary = this.takeSummary();
    if (summary) {
      this.#log.summary(summary);
    }
  }

  /** How many results came from the cache since the last summary; undefined if none did. */
  takeSummary(): string | undefined {
    const [fromCache, calls] = [this.#fromCache, this.#calls];
    this.#fromCache = 0;
    this.#calls = 0;
    unlogged.delete(this);
    return fromCache > 0
      ? `${this.#name()}: ${fromCache} of ${calls} results from the cache`
      : undefined;
  }

  async #answer(cache: Cache, call: CachedCall): Promise<ProviderResponse> {
    const { workers, provider, inputs, isBusted, answer } = call;
    const { files, script } = workers;
    const results = new CachedResults(cache, files, this.#log);
    const origin = originOf(provider, script.version());
    const known = origin && !isBusted && (await results.find(origin, inputs));
    if (known) {
      this.#fromCache += 1;
      unlogged.add(this);
      process.off('exit', printSummaries).on('exit', printSummaries);
      return cached(known);
    }
    const before = origin && cacheKey([origin, inputs]);
    const { result, workers: used } = await answer();
    if (before && !hasError(result) && workers.changed(used) === undefined) {
      // Nothing that the result depends on has changed since before the call.
      if (before === cacheKey([originOf(provider, used.version), inputs])) {
        await results.store(origin, inputs, used.modules.paths, result);
      }
    }
    return fresh(result);
  }
}

function originOf(provider: readonly unknown[], version: string | undefined): Origin | undefined {
  return version === undefined ? undefined : [...provider, version];
}

/** promptfoo's logger is closed by then. */
function printSummaries(): void {
  for (const calls of unlogged) {
    const summary = calls.takeSummary();
    if (summary) {
      writeLine(`[python-worker-pool] ${summary}`);
    }
  }
}
