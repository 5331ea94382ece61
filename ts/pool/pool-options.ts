// The options of a pool: their types, their checks and their defaults.

import {
  type Batching,
  type BatchOptions,
  checkBatches,
  checkWaits,
  ofOneCall,
} from './batches.js';
import {
  type Check,
  type Checked,
  type Checks,
  checkEnvironment,
  checkExtraEnvironment,
  checkFlag,
  checkInteger,
  checkLogger,
  checkMilliseconds,
  checkObject,
  checkOptions,
  checkString,
  checkStrings,
} from './checks.js';
import { DEFAULT_MAX_PAYLOAD, DEFAULT_TIMEOUT, PROMPTFOO } from './defaults.js';
import {
  type Environment,
  type ExtraEnvironment,
  ignoredVariable,
  millisecondsFrom,
} from './environment.js';
import type { AnyFunctions, FunctionName } from './functions.js';
import type { Logger } from './logger.js';
import { own } from './own.js';
import { absolute, interpreterPath } from './paths.js';
import { RESULT_CHECKS, type ResultOptions } from './result-options.js';
import { checkWorkers, type ElasticWorkers, type WorkerCount } from './worker-count.js';

/** Options of a {@link PythonWorkerPool}. All are optional. */
export interface PythonWorkerPoolOptions<F = AnyFunctions> extends ResultOptions {
  /**
   * Number of worker processes, from 1 to 1024; `initialize` rejects an integer below. Or the smallest and the largest
   * number, of workers that start and end with the calls. Each worker imports the script and has its own copy of
   * everything that loads; more than 8 log a warning about memory. Default: 1.
   */
  workers?: number | ElasticWorkers | null | undefined;
  /**
   * Python interpreter: its path, the folder of a virtual environment, or a name to look up on `PATH`. A
   * relative path starts from `cwd`. Default: `PROMPTFOO_PYTHON`; an active virtual environment (`VIRTUAL_ENV`),
   * or conda environment other than `base`; the environment that `uv` has for a script with inline metadata
   * (PEP 723); `.venv` or `venv` beside the script, then upwards to the folder with `pyproject.toml` or `.git`,
   * then in the working directory; conda's `base` if it is active; `python3`, then `python` on `PATH`; on
   * Windows `py -3`. One that does not work is passed over, with a debug line, unless it was named.
   */
  pythonPath?: string | null | undefined;
  /**
   * Limit on one call in milliseconds, counted from the moment a worker has it. `Infinity`: none. Of a stream, it
   * limits the wait for each item (`itemTimeout`), and not the whole.
   * Default: the environment's `REQUEST_TIMEOUT_MS`, else 120 000.
   */
  timeout?: number | null | undefined;
  /**
   * Limit on importing the script in milliseconds. A running import is logged every 10 s. Default: the
   * environment's `PYTHON_WORKER_STARTUP_TIMEOUT`, else 120 000.
   */
  startupTimeout?: number | null | undefined;
  /**
   * Limit on the time a call waits for a worker, in milliseconds. A call that waits longer rejects with
   * `ERR_QUEUE_TIMEOUT` and never reaches Python. Default: none.
   */
  queueTimeout?: number | null | undefined;
  /**
   * Maximum number of calls that wait for a worker, at least 0; one more rejects with `ERR_QUEUE_FULL`.
   * Calls that take less than half a millisecond (of several workers: a millisecond) are prefetched, up to 64
   * per worker; these do not count. Default: none.
   */
  maxQueue?: number | null | undefined;
  /**
   * Number of consecutive crashes or failed restarts after which a worker is not restarted any more, at
   * least 1. The first restart is immediate, the next comes after 100 ms, doubling up to 5 s. A call 30 s later
   * or more tries one such worker once more. Default: 3.
   */
  maxCrashes?: number | null | undefined;
  /**
   * Limit on the arguments of a call, and on its result, in bytes as they are sent (JSON text with the
   * buffers beside it), at most 4 GiB less 1 MiB. Default: 1 GiB.
   */
  maxPayload?: number | null | undefined;
  /**
   * Working directory of the workers; a relative path starts from that of Node.js when the pool is made.
   * Default: that of Node.js when `initialize` is called.
   */
  cwd?: string | null | undefined;
  /**
   * The whole environment of the workers. `PYTHONUTF8=1` is added unless it sets `PYTHONUTF8`. Default:
   * that of Node.js when `initialize` is called.
   */
  env?: Environment | null | undefined;
  /**
   * Variables to add to the environment: the same for all workers, or a function that returns those of one
   * worker, such as a device to use. It is called for each worker when `initialize` is. Each worker also has
   * its index in `PYTHON_WORKER_INDEX`. Default: none.
   */
  extraEnv?: ExtraEnvironment | null | undefined;
  /** Arguments for the interpreter, such as `['-X', 'dev']`. Default: none. */
  pythonArgs?: readonly string[] | null | undefined;
  /**
   * How many calls of `async def` functions may run in one worker at the same time, from 1 to 1024: as tasks of its
   * event loop. With more than one, workers get no calls ahead of time. A {@link PythonWorker} runs one call at a time all
   * the same. Default: 1.
   */
  concurrencyPerWorker?: number | null | undefined;
  /**
   * How many calls of plain functions may run in one worker at the same time, from 1 to 1024: in threads of their own
   * if more than one. A call in a thread cannot be interrupted. A {@link PythonWorker} runs one call at a time all the
   * same, in a thread if this is more than one. Default: 1.
   */
  threadsPerWorker?: number | null | undefined;
  /**
   * Functions whose waiting calls are combined into one, by name: `{ embed: { max: 32 } }`. Python's function gets a list
   * for each argument, with the values of all calls, and returns a list with a result for each; an exception object in
   * it fails one call. A call that is alone is a batch of one. Calls are combined if they have the same number of
   * arguments and the same names in `kwargs`. Such a function cannot be streamed. Default: none.
   */
  batch?: { [N in FunctionName<F>]?: BatchOptions | null | undefined } | null | undefined;
  /**
   * Whether to keep the worker of a plain call that ends when it is interrupted: after an abort or a timeout, Python
   * raises `KeyboardInterrupt` in the call, whose `finally` blocks have 2 s. A worker that is kept has its model, its
   * connections, and whatever state the call left. Calls of `async def` functions keep theirs anyway. Default: `false`.
   */
  keepInterruptedWorker?: boolean | null | undefined;
  /**
   * Whether each call is an OpenTelemetry span under the `traceparent` in its third argument. Requires
   * OpenTelemetry in the workers' Python; without it there is one warning. Default: the value of
   * `PROMPTFOO_ENABLE_OTEL` (`true`, `1` or `yes`) in the environment of the workers.
   */
  tracing?: boolean | null | undefined;
  /**
   * Receives the pool's own messages and what the script prints. Default: warnings and errors go to
   * stderr, the rest nowhere.
   */
  logger?: Logger | null | undefined;
}

/** Options of a {@link PythonWorker}. All are optional. */
export type PythonWorkerOptions = Omit<PythonWorkerPoolOptions, 'workers'>;

/** The tokens of so many calls fit into a pipe. */
const MAX_PER_WORKER = 1024;
const MAX_COUNT = 2 ** 31 - 1;
/** The length of a frame has 32 bits, and 1 MiB is reserved for everything but the payload. */
const MAX_PAYLOAD = 2 ** 32 - 1 - 2 ** 20;

function integer(min: number, max: number): Check<number> {
  return (name, value) => checkInteger(name, value, min, max);
}

const WORKER_CHECKS: Checks<PythonWorkerOptions> = {
  pythonPath: checkString,
  timeout: checkMilliseconds,
  startupTimeout: checkMilliseconds,
  queueTimeout: checkMilliseconds,
  maxQueue: integer(0, MAX_COUNT),
  maxCrashes: integer(1, MAX_COUNT),
  maxPayload: integer(1, MAX_PAYLOAD),
  cwd: checkString,
  env: checkEnvironment,
  extraEnv: checkExtraEnvironment,
  pythonArgs: checkStrings,
  concurrencyPerWorker: integer(1, MAX_PER_WORKER),
  threadsPerWorker: integer(1, MAX_PER_WORKER),
  batch: checkBatches,
  keepInterruptedWorker: checkFlag,
  tracing: checkFlag,
  ...RESULT_CHECKS,
  logger: checkLogger,
};

/** In the order of the README. */
const POOL_CHECKS: Checks<PythonWorkerPoolOptions> = { workers: checkWorkers, ...WORKER_CHECKS };

/** The names of all options. */
export const OPTION_NAMES: readonly string[] = Object.keys(POOL_CHECKS);

/** Checked options with their defaults. */
export type PoolSettings = Omit<
  Checked<PythonWorkerPoolOptions>,
  'env' | 'pythonArgs' | 'batch' | 'workers'
> & {
  workers: WorkerCount;
  timeout: number;
  startupTimeout: number;
  maxPayload: number;
  env?: Record<string, string>;
  pythonArgs?: string[];
  batch?: Record<string, Batching>;
  /** What to warn of. */
  warnings: string[];
};

/** Settings of a pool. Positional values take precedence over `options`. */
export function poolSettings(
  positional: PythonWorkerPoolOptions,
  options: PythonWorkerPoolOptions | null | undefined,
): PoolSettings {
  return settings(positional, options, POOL_CHECKS);
}

/** Settings of the pool of one behind a `PythonWorker`. */
export function workerSettings(
  positional: PythonWorkerOptions,
  options: PythonWorkerOptions | null | undefined,
): PoolSettings {
  const { batch, ...others } = settings(positional, options, WORKER_CHECKS);
  return batch ? own({ ...others, batch: ofOneCall(batch) }) : own(others);
}

function settings<O extends PythonWorkerOptions>(
  positional: O,
  options: O | null | undefined,
  checks: Checks<O>,
): PoolSettings {
  const values = Object.assign(
    Object.create(null),
    {
      workers: { min: 1, max: 1 },
      maxPayload: DEFAULT_MAX_PAYLOAD,
      warnings: [],
    },
    checkOptions(checkObject('options', options ?? {}), checks),
    checkOptions(positional, checks),
  ) as PoolSettings;
  for (const [option, variable] of TIMEOUTS) {
    values[option] ??= timeoutFrom(variable, values.warnings);
  }
  const { batch, queueTimeout } = values;
  if (batch && queueTimeout !== undefined) {
    checkWaits(batch, queueTimeout);
  }
  return withAbsolutePaths(values);
}

/** The options that have their default in the environment. */
const TIMEOUTS = [
  ['timeout', PROMPTFOO.timeoutVariable],
  ['startupTimeout', PROMPTFOO.startupTimeoutVariable],
] as const;

function timeoutFrom(variable: string, warnings: string[]): number {
  const value = millisecondsFrom(variable);
  if (value === undefined && process.env[variable]) {
    warnings.push(ignoredVariable(variable, process.env[variable]));
  }
  return value ?? DEFAULT_TIMEOUT;
}

function withAbsolutePaths(settings: PoolSettings): PoolSettings {
  const cwd = settings.cwd && absolute('cwd', settings.cwd);
  const pythonPath = settings.pythonPath && interpreterPath(settings.pythonPath, cwd);
  return own({ ...settings, cwd, pythonPath });
}
