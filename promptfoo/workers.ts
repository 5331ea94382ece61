// The workers of a provider: started when there is a call, replaced when the script has changed.

import type { PythonWorkerPool } from 'python-worker-pool';
import { unlessAborted } from './abort.js';
import { Generation } from './generation.js';
import { type Closable, providerRegistry } from './registry.js';
import type { Script } from './script.js';

export class Workers {
  /** Those of the newest generation, while there are any. */
  pool: PythonWorkerPool | null = null;
  readonly #owner: Closable;
  readonly #script: Script;
  /** The newest, when its workers are ready. */
  #current: Promise<Generation> | undefined;
  /** All that may have workers. */
  readonly #generations = new Set<Generation>();

  /** While there are workers, `owner` is in the registry. */
  constructor(owner: Closable, script: Script) {
    this.#owner = owner;
    this.#script = script;
  }

  /**
   * What `use` returns, which is called with workers that run the script as it is now. They are
   * started in the pool that `make` makes.
   */
  async use<T>(
    make: () => PythonWorkerPool,
    use: (workers: Generation) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    for (;;) {
      const starting = this.#current ?? this.#start(make());
      const generation = await unlessAborted(starting, signal);
      const version = this.#script.version();
      if (version === undefined || version === generation.version) {
        return use(generation); // at once: a moment later they may have been replaced
      }
      if (this.#current === starting) {
        this.#current = undefined;
        void generation.retire().finally(() => this.#generations.delete(generation));
      }
    }
  }

  /** Ends all of them; calls that they have fail. */
  async shutdown(): Promise<void> {
    this.#forget();
    await Promise.all([...this.#generations].map(({ pool }) => pool.shutdown()));
  }

  #start(pool: PythonWorkerPool): Promise<Generation> {
    const generation = new Generation(pool, this.#script.version());
    this.#generations.add(generation);
    this.pool = pool;
    providerRegistry.register(this.#owner);
    const starting = pool.initialize().then(
      () => generation,
      (error) => {
        this.#generations.delete(generation);
        if (this.#current === starting) {
          this.#forget();
        }
        throw error;
      },
    );
    this.#current = starting;
    return starting;
  }

  #forget(): void {
    this.#current = undefined;
    this.pool = null;
    providerRegistry.unregister(this.#owner);
  }
}
