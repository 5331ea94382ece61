// The workers of functions: all functions of a script share a pool. A provider has workers of its own, because a script
// may keep state from its configuration.

import { about } from '../pool/failures.js';
import { PythonWorkerPool, type PythonWorkerPoolOptions } from '../pool/index.js';
import type { LoadsOption } from '../pool/loads.js';
import { environmentWith } from './environment.js';
import { unlessHostEnds } from './host-end.js';
import { toLists } from './lists.js';
import { Log } from './log.js';
import { numberOf } from './options.js';
import { poolOptions } from './pool-options.js';
import type { Closable } from './registry.js';
import type { PythonProviderConfig } from './types.js';
import { ofFunctions } from './wording.js';
import { Workers } from './workers.js';

/** The options that a call may choose for the workers. The first call of a script decides. */
export type SharedConfig = Pick<PythonProviderConfig, 'workers' | 'concurrencyPerWorker'>;

export interface SharedCall {
  config?: SharedConfig;
  signal?: AbortSignal | undefined;
}

/** The pools by script and interpreter. One that was shut down is forgotten. */
const pools = new Map<string, SharedPool>();

/** Calls a function of the script at this absolute path, in the workers that all its functions share. */
export function callShared(
  path: string,
  functionName: string,
  args: readonly unknown[],
  { config = {}, signal }: SharedCall = {},
): Promise<unknown> {
  return unlessHostEnds(() => poolOf(path, config).call(functionName, args, signal));
}

function poolOf(path: string, config: SharedConfig): SharedPool {
  const key = JSON.stringify([path, process.env.PROMPTFOO_PYTHON]);
  const known = pools.get(key);
  if (known) {
    known.warnOfOther(config);
    return known;
  }
  const pool = new SharedPool(path, config, () => {
    if (pools.get(key) === pool) {
      pools.delete(key);
    }
  });
  pools.set(key, pool);
  return pool;
}

class SharedPool implements Closable {
  readonly #path: string;
  readonly #options: PythonWorkerPoolOptions;
  readonly #log = new Log();
  readonly #workers: Workers;
  readonly #forget: () => void;
  #hasWarned = false;

  constructor(path: string, config: SharedConfig, forget: () => void) {
    this.#path = path;
    this.#forget = forget;
    this.#options = poolOptions(config, environmentWith(null), this.#log, Number.POSITIVE_INFINITY);
    this.#workers = new Workers(this, path, this.#log);
  }

  async call(
    functionName: string,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const scope = this.#workers.begin(signal);
    try {
      const result = await this.#workers.use(scope, this.#make, (workers) =>
        workers.execute(functionName, args, { signal: scope.signal }),
      );
      return toLists(result);
    } catch (error) {
      this.#log.pythonStack(`${this.#path}:${functionName}`, error);
      throw about(ofFunctions(error), { script: this.#path, function: functionName });
    }
  }

  #make = (option: LoadsOption): PythonWorkerPool => {
    try {
      return new PythonWorkerPool(this.#path, { ...this.#options, ...option });
    } catch (error) {
      this.#forget(); // The configuration is not valid: another may be.
      throw error;
    }
  };

  /** Called by the registry. The next call is the first of a new pool. */
  async shutdown(): Promise<void> {
    this.#forget();
    await this.#workers.shutdown();
  }

  /** Warns once of a configuration that comes too late to be used. */
  warnOfOther(config: SharedConfig): void {
    const { workers, concurrencyPerWorker } = this.#options;
    const used = { workers: workers ?? 1, concurrencyPerWorker: concurrencyPerWorker ?? 1 };
    const names = ['workers', 'concurrencyPerWorker'] as const;
    const other = names.find((name) => (numberOf(config[name]) ?? used[name]) !== used[name]);
    if (other && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#log.warn(
        `\`config.${other}: ${config[other]}\` is ignored for the functions of ${this.#path}: they share workers, ` +
          `which the first call started with \`${other}: ${used[other]}\`. Use the same value everywhere.`,
      );
    }
  }
}
