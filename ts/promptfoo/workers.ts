// The workers of a provider: started when there is a call, replaced when the script has changed.

import type { PythonWorkerPool } from '../pool/index.js';
import { abortError, unlessAborted } from './abort.js';
import { Generation } from './generation.js';
import type { Log } from './log.js';
import { type Closable, providerRegistry } from './registry.js';
import type { Script } from './script.js';

/** So often a call has the workers replaced at most: a script may change itself when it is imported. */
const MOST_STARTS = 3;

/** A call that has begun, so that a shutdown ends it wherever it is. */
export interface Entry {
  readonly life: number;
  readonly signal: AbortSignal | undefined;
}

export class Workers {
  /** Those of the newest generation, while there are any. */
  pool: PythonWorkerPool | null = null;
  readonly #owner: Closable;
  readonly #script: Script;
  readonly #log: Log;
  /** The newest, when its workers are ready. */
  #current: Promise<Generation> | undefined;
  /** All that may have processes; meanwhile the owner is in the registry. */
  readonly #generations = new Set<Generation>();
  /** How many shutdowns there were. */
  #life = 0;

  constructor(owner: Closable, script: Script, log: Log) {
    this.#owner = owner;
    this.#script = script;
    this.#log = log;
  }

  /** What a call takes with it from its beginning. */
  enter(signal?: AbortSignal): Entry {
    return { life: this.#life, signal };
  }

  /**
   * What `use` returns, which is called with workers that run the script as it is now. They are
   * started in the pool that `make` makes.
   */
  async use<T>(
    { life, signal }: Entry,
    make: () => PythonWorkerPool,
    use: (workers: Generation) => T,
  ): Promise<T> {
    for (let starts = 1; ; starts += 1) {
      if (signal?.aborted) {
        throw abortError(signal);
      }
      if (life !== this.#life) {
        throw Object.assign(new Error('Worker pool shutting down'), { code: 'ERR_POOL_CLOSED' });
      }
      const starting = this.#current ?? this.#start(make());
      const generation = await unlessAborted(starting, signal);
      if (this.#isUpToDate(generation)) {
        return use(generation); // at once: a moment later they may have been replaced
      }
      if (starts === MOST_STARTS) {
        this.#log.warn(`${this.#script.path} changes all the time: a version of it is used`);
        return use(generation);
      }
      if (this.#current === starting) {
        this.#current = undefined;
        void this.#retire(generation);
      }
    }
  }

  /** Ends all of them; calls that they have, or wait for, fail. */
  async shutdown(): Promise<void> {
    this.#life += 1;
    this.#current = undefined;
    this.pool = null;
    await Promise.all([...this.#generations].map((generation) => this.#end(generation)));
    this.#leaveRegistry();
  }

  #isUpToDate({ version: loaded }: Generation): boolean {
    const version = this.#script.version();
    return version === undefined || version === loaded;
  }

  #start(pool: PythonWorkerPool): Promise<Generation> {
    const generation = new Generation(pool, this.#script.version());
    this.#generations.add(generation);
    this.pool = pool;
    providerRegistry.register(this.#owner);
    const starting = pool.initialize().then(
      () => generation,
      (error) => {
        if (this.#current === starting) {
          this.#current = undefined;
          this.pool = null;
        }
        this.#generations.delete(generation);
        this.#leaveRegistry();
        throw error;
      },
    );
    this.#current = starting;
    return starting;
  }

  /** Lets its calls come to their end first. */
  async #retire(generation: Generation): Promise<void> {
    await generation.drained();
    await this.#end(generation);
    this.#leaveRegistry();
  }

  async #end(generation: Generation): Promise<void> {
    await generation.pool.shutdown();
    this.#generations.delete(generation);
  }

  #leaveRegistry(): void {
    if (this.#generations.size === 0) {
      providerRegistry.unregister(this.#owner);
    }
  }
}
