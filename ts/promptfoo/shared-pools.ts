// The workers of functions: all functions of a script share a pool. A provider has workers of its own, because a script
// may keep state from its configuration.

import { about } from '../pool/failures.js';
import {
  isPythonPoolError,
  PythonWorkerPool,
  type PythonWorkerPoolOptions,
} from '../pool/index.js';
import type { LoadsOption } from '../pool/loads.js';
import { forCell } from './cell.js';
import { CallEnvironment } from './environment.js';
import { unlessHostEnds } from './host-end.js';
import { toLists } from './lists.js';
import { Log } from './log.js';
import { maxConcurrency } from './max-concurrency.js';
import { numberOf } from './options.js';
import { poolOptions } from './pool-options.js';
import { type Closable, Membership } from './registry.js';
import type { PythonProviderConfig } from './types.js';
import { WaitingCalls, waitingHint } from './waiting.js';
import { ofFunctions } from './wording.js';
import { Workers } from './workers.js';

/** The options that a call may choose for the workers. The first call of a script decides. */
export type SharedConfig = Pick<PythonProviderConfig, 'workers' | 'concurrencyPerWorker'>;

/** Ends a call early. */
interface Limits {
  signal?: AbortSignal | undefined;
  /** In milliseconds; undefined for the timeout of the pool. */
  timeout?: number | undefined;
}

export interface SharedCall extends Limits {
  config?: SharedConfig;
}

/** The pools by script, interpreter and environment. One that was shut down is forgotten. */
const pools = new Map<string, SharedPool>();

/** Calls a function of the script at this absolute path, in the workers that all its functions share. */
export function callShared(
  path: string,
  functionName: string,
  args: readonly unknown[],
  { config = {}, ...limits }: SharedCall,
): Promise<unknown> {
  return unlessHostEnds(() =>
    inLiving(path, config, (pool) => pool.call(functionName, args, limits)),
  );
}

/**
 * Makes a call, again in new workers if all of them crashed before it began. Those that crashed may have served other
 * functions: as with promptfoo's own runner, a crash is the failure of one call.
 */
async function inLiving<T>(
  path: string,
  config: SharedConfig,
  call: (pool: SharedPool) => Promise<T>,
): Promise<T> {
  for (let first = config; ; ) {
    const pool = poolOf(path, first);
    try {
      return await call(pool);
    } catch (error) {
      // Never endless: each pool has had a call, and that one has ended.
      if (!isPythonPoolError(error, 'ERR_POOL_DEAD') || !pool.hasServed) {
        throw error;
      }
      first = pool.config;
      void pool.shutdown();
    }
  }
}

function poolOf(path: string, config: SharedConfig): SharedPool {
  const environment = new CallEnvironment();
  const key = JSON.stringify([path, environment.get('PROMPTFOO_PYTHON'), environment.key]);
  const known = pools.get(key);
  if (known) {
    void known.warnOfOther(config);
    return known;
  }
  const pool = new SharedPool({ path, config, environment }, () => {
    if (pools.get(key) === pool) {
      pools.delete(key);
    }
  });
  pools.set(key, pool);
  return pool;
}

/** What the first call decides. */
interface First {
  path: string;
  config: SharedConfig;
  environment: CallEnvironment;
}

class SharedPool implements Closable {
  readonly config: SharedConfig;
  /** Whether a call has begun, and ended. */
  hasServed = false;
  readonly #path: string;
  readonly #options: Promise<PythonWorkerPoolOptions>;
  readonly #log = new Log();
  readonly #workers: Workers;
  readonly #waiting = new WaitingCalls();
  readonly #forget: () => void;
  #hasWarned = false;

  constructor(first: First, forget: () => void) {
    this.config = first.config;
    this.#path = first.path;
    this.#forget = forget;
    this.#options = this.#decide(first);
    this.#workers = new Workers(new Membership(this), first.path, this.#log);
  }

  async #decide({ path, config, environment }: First): Promise<PythonWorkerPoolOptions> {
    const start = { environment, concurrency: await maxConcurrency() };
    const setting = { script: path, name: 'PROMPTFOO_PYTHON_WORKERS', level: 'warn' } as const;
    this.#waiting.watch(waitingHint(config, start, setting, this.#log));
    return poolOptions(config, start, this.#log, Number.POSITIVE_INFINITY);
  }

  async call(
    functionName: string,
    args: readonly unknown[],
    { signal, timeout }: Limits,
  ): Promise<unknown> {
    const scope = this.#workers.begin(signal);
    try {
      const options = await this.#options;
      const limits = { signal: scope.signal, timeout };
      const result = await this.#workers.use(
        scope,
        (option) => this.#make({ ...options, ...option }),
        (workers) => this.#waiting.during(() => workers.execute(functionName, args, limits)),
      );
      this.hasServed = true;
      return toLists(result);
    } catch (error) {
      this.hasServed ||= isPythonPoolError(error) && error.started !== false;
      const shown = forCell(ofFunctions(error), 'function');
      throw about(shown, { script: this.#path, function: functionName });
    }
  }

  #make(options: PythonWorkerPoolOptions & LoadsOption): PythonWorkerPool {
    try {
      return new PythonWorkerPool(this.#path, options);
    } catch (error) {
      this.#forget(); // The configuration is not valid: another may be.
      throw error;
    }
  }

  /** Called by the registry. The next call is the first of a new pool. */
  async shutdown(): Promise<void> {
    this.#forget();
    await this.#workers.shutdown();
  }

  /** Warns once of a configuration that comes too late to be used. */
  async warnOfOther(config: SharedConfig): Promise<void> {
    const { workers, concurrencyPerWorker } = await this.#options;
    const used = { workers: workers ?? 1, concurrencyPerWorker: concurrencyPerWorker ?? 1 };
    const names = ['workers', 'concurrencyPerWorker'] as const;
    const isOther = (name: (typeof names)[number]) =>
      config[name] !== this.config[name] && (numberOf(config[name]) ?? used[name]) !== used[name];
    const other = names.find(isOther);
    if (other && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#log.warn(
        `\`config.${other}: ${config[other]}\` is ignored for the functions of ${this.#path}: they share workers, ` +
          `which the first call started with \`${other}: ${used[other]}\`. Use the same value everywhere.`,
      );
    }
  }
}
