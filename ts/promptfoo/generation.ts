// The workers that have loaded one version of the script, and of the modules that it imports.

import type { CallOptions, PythonWorkerPool } from '../pool/index.js';
import type { LoadedModules } from './loaded-modules.js';

export class Generation {
  readonly pool: PythonWorkerPool;
  /** Version of the script; undefined if it could not be read. */
  readonly version: string | undefined;
  /** What else its workers have loaded. */
  readonly modules: LoadedModules;
  #running = 0;
  #drained: (() => void) | undefined;

  constructor(pool: PythonWorkerPool, version: string | undefined, modules: LoadedModules) {
    this.pool = pool;
    this.version = version;
    this.modules = modules;
  }

  async execute(
    functionName: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    this.#running += 1;
    try {
      return await this.pool.execute(functionName, args, options);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) {
        this.#drained?.();
      }
    }
  }

  /** Resolves when all calls have finished. */
  async drained(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
  }
}
