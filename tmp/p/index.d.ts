/// <reference lib="esnext.disposable" />
export * from './dist/types/index.js';

/* Written by `npm run build` from the doc comments in `src/node` and from `src/node/header.d.ts`. */

/** Options of one call. */
export interface CallOptions {
  /**
   * Bound on this call in milliseconds, counted from the moment a worker has it. Default: the
   * pool's `timeout`. `Infinity` for no bound.
   */
  timeout?: number | null;
  /**
   * Aborts the call: it rejects with an `AbortError` (code `ABORT_ERR`) whose `cause` is the
   * signal's reason. A call that still waits never reaches Python; one that runs is interrupted, and
   * its worker replaced, unless `interrupt` is `false`.
   */
  signal?: AbortSignal | null;
  /**
   * Whether `signal` ends the call even when it has started. With `false`, it only takes the call back
   * from where it waits; one that a worker has started goes on, and settles as if there were no
   * signal. Default: `true`.
   */
  interrupt?: boolean | null;
}

/** Receives log lines. A method that is missing drops its lines; what one throws is ignored. */
export interface Logger {
  /** The pool's own doings: interpreter found, worker started, worker ready. */
  debug?(message: string, context: LogContext): void;
  /** What the script prints to stdout. */
  info?(message: string, context: LogContext): void;
  /** What the script prints to stderr; a worker that crashed and is restarted; a long import. */
  warn?(message: string, context: LogContext): void;
  /** A worker that is given up. */
  error?(message: string, context: LogContext): void;
}

/** What a log line is about. Records of Python's `logging` keep their level. */
export interface LogContext {
  /** Index of the worker, from 0. */
  worker?: number;
  /** Number of the call the worker was running, counted from 1 since `initialize`, when known. */
  call?: number;
  /** What the script printed to; absent for the pool's own words and for Python's `logging`. */
  stream?: 'stdout' | 'stderr';
  /** Name of the Python logger, for records of Python's `logging`. */
  logger?: string;
}

/** What an array of numbers in a result arrives as: one of numpy, `array.array` or a `memoryview`. */
export type PythonArray = (
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
) & {
  /** What it is in Python, as numpy names it. A `float16` has a class of its own where Node.js has it. */
  readonly dtype: `${'int' | 'uint'}${8 | 16 | 32 | 64}` | `float${16 | 32 | 64}`;
  /** Its size in each dimension. The numbers lie row by row: the last index varies fastest. */
  readonly shape: readonly number[];
};

/** Stable codes of errors. */
export type PythonPoolErrorCode =
  | 'ERR_PYTHON_EXCEPTION'
  | 'ERR_FUNCTION_NOT_FOUND'
  | 'ERR_PYTHON_LOAD'
  | 'ERR_PYTHON_NOT_FOUND'
  | 'ERR_STARTUP_TIMEOUT'
  | 'ERR_CALL_TIMEOUT'
  | 'ERR_QUEUE_TIMEOUT'
  | 'ERR_QUEUE_FULL'
  | 'ABORT_ERR'
  | 'ERR_WORKER_CRASHED'
  | 'ERR_POOL_DEAD'
  | 'ERR_NOT_INITIALIZED'
  | 'ERR_POOL_CLOSED'
  | 'ERR_WORKER_NOT_READY'
  | 'ERR_WORKER_BUSY'
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_NOT_SERIALIZABLE'
  | 'ERR_PAYLOAD_TOO_LARGE'
  | 'ERR_SYSTEM';

/** What every promise of this package rejects with, and its constructors throw. */
export interface PythonPoolError extends Error {
  code: PythonPoolErrorCode;
  /** `ERR_PYTHON_EXCEPTION`: qualified name of the exception's type. */
  pythonType?: string;
  /** `ERR_PYTHON_EXCEPTION`: `str()` of the exception. */
  pythonMessage?: string;
  /** `ERR_PYTHON_EXCEPTION`, `ERR_PYTHON_LOAD`: the traceback as Python prints it. */
  traceback?: string;
  /** `ERR_FUNCTION_NOT_FOUND`: names of the functions the script has. */
  available?: string[];
  /** `ERR_PYTHON_NOT_FOUND`: one line for each interpreter that was tried. */
  attempts?: string[];
  /**
   * `ERR_CALL_TIMEOUT`, `ERR_QUEUE_TIMEOUT`, `ERR_STARTUP_TIMEOUT`: the bound that was passed, in
   * milliseconds.
   */
  timeout?: number;
  /**
   * `ERR_CALL_TIMEOUT`, `ERR_STARTUP_TIMEOUT`: where Python was (all threads, innermost call last);
   * absent on Windows, or when Python could not tell within 50 ms. `ERR_WORKER_CRASHED`,
   * `ERR_PYTHON_LOAD`: where Python was when a fatal error, such as a segfault, ended it.
   */
  pythonStack?: string;
  /** `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: exit code of the worker. */
  exitCode?: number;
  /** `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the signal that ended the worker, as `SIGSEGV`. */
  signal?: string;
  /** `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the last 64 KiB the worker wrote to stderr. */
  stderrTail?: string;
  /**
   * `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: what is probably behind it, as the kernel's
   * out-of-memory killer behind `SIGKILL`.
   */
  hint?: string;
  /** `ERR_POOL_DEAD`: what the last worker died of. */
  lastCrash?: PythonPoolError;
  /** `ERR_NOT_SERIALIZABLE`: where the value is, as `args[1].config.key` or `output.items[3]`. */
  path?: string;
  /** `ERR_PAYLOAD_TOO_LARGE`: size in bytes. */
  size?: number;
  /** `ERR_PAYLOAD_TOO_LARGE`: the bound in bytes. `ERR_QUEUE_FULL`: the bound in calls. */
  limit?: number;
  /** `ERR_SYSTEM`: the step that the operating system refused, as `spawn`. */
  syscall?: string;
  /** `ERR_SYSTEM`: the number of the operating system's error. */
  errno?: number;
}

export interface PythonWorkerPool {
  /** As `shutdown()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface PythonWorker {
  /** As `shutdown()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * One Python process that takes one call at a time; a pool is what most users want.
 *
 * It is restarted after a crash and replaced after a timeout, as a pool's workers are.
 */
export declare class PythonWorker {
  /**
   * Throws `ERR_INVALID_ARGUMENT` for a value out of its range. Starts nothing yet.
   *
   * @param scriptPath Path of the Python script; relative to the working directory of Node.js.
   * @param functionName Default function of the script.
   * @param pythonPath As the pool's option of that name.
   * @param timeout As the pool's option of that name, in milliseconds.
   * @param onReady Called whenever the worker has become ready.
   */
  constructor(scriptPath: string, functionName: string, pythonPath?: string | null, timeout?: number | null, onReady?: (() => void) | null)
  /** As `initialize` of {@link PythonWorkerPool}. */
  initialize(): Promise<void>
  /**
   * Calls a function of the script. Rejects as `execute` of {@link PythonWorkerPool} does, and with
   * `ERR_WORKER_NOT_READY` before it is ready and `ERR_WORKER_BUSY` during another call.
   */
  call(functionName?: string | null, args?: readonly unknown[] | null, options?: CallOptions | null): Promise<any>
  /** Whether the process has imported the script and serves calls. */
  isReady(): boolean
  /** Whether a call is running. */
  isBusy(): boolean
  /** Whether it crashed too often in a row to be restarted. */
  isDead(): boolean
  /** As `shutdown` of {@link PythonWorkerPool}. */
  shutdown(): Promise<void>
}

/**
 * A pool of Python processes that import a script once and then serve many calls.
 *
 * ```ts
 * const pool = new PythonWorkerPool('/abs/provider.py', 'call_api', 4);
 * await pool.initialize();
 * const result = await pool.execute('call_api', ['Hello', {}, {}]);
 * await pool.shutdown();
 * ```
 *
 * An idle pool does not keep Node.js running; a pending `initialize`, `execute` or `shutdown`
 * does. However Node.js ends, no worker outlives it.
 */
export declare class PythonWorkerPool {
  /**
   * Throws `ERR_INVALID_ARGUMENT` for a value out of its range. Starts nothing yet.
   *
   * @param scriptPath Path of the Python script; relative to the working directory of Node.js.
   * @param functionName Default function of the script, for `execute` without a name.
   * @param workerCount Number of workers, or all options by name.
   * @param pythonPath As the option of that name.
   * @param timeout As the option of that name, in milliseconds.
   * @param options All options by name; they give way to the positional ones.
   */
  constructor(scriptPath: string, functionName: string, workerCount?: number | PythonWorkerPoolOptions | null, pythonPath?: string | null, timeout?: number | null, options?: PythonWorkerPoolOptions | null)
  /**
   * Finds Python, starts all workers and waits until each has imported the script.
   *
   * Concurrent calls share one start; a running pool resolves at once; after a failure or a
   * `shutdown`, or when every worker was given up, the pool can be initialized again.
   *
   * Rejects with `ERR_PYTHON_NOT_FOUND`, `ERR_PYTHON_LOAD` (the script could not be imported),
   * `ERR_STARTUP_TIMEOUT`, `ERR_SYSTEM`, or `ERR_POOL_CLOSED` when shut down meanwhile. Then no
   * worker is left.
   */
  initialize(): Promise<void>
  /**
   * Calls a function of the script in the next free worker and resolves with its result.
   *
   * Calls are handed out in the order of submission. One that has started is not retried when its
   * worker dies.
   *
   * Rejects with `ERR_PYTHON_EXCEPTION`, `ERR_FUNCTION_NOT_FOUND`, `ERR_CALL_TIMEOUT`,
   * `ERR_QUEUE_TIMEOUT`, `ERR_QUEUE_FULL`, `ABORT_ERR`, `ERR_WORKER_CRASHED`,
   * `ERR_NOT_SERIALIZABLE`, `ERR_PAYLOAD_TOO_LARGE`, `ERR_POOL_DEAD`, `ERR_POOL_CLOSED`,
   * `ERR_NOT_INITIALIZED` or `ERR_INVALID_ARGUMENT`: a {@link PythonPoolError}.
   *
   * Values are those of JSON, and binary ones at any depth: buffers arrive as `bytes`, typed arrays
   * as a `memoryview`, which `numpy.asarray` takes without a copy; in a result, `bytes` are a
   * `Buffer`, and arrays of numbers a {@link PythonArray}.
   *
   * @param functionName Dotted name in the script (`call_api`, `Class.method`); looked up for
   * each call. `undefined` for the pool's default function.
   * @param args Positional arguments, as they are at the time of the call. Default: none.
   */
  execute(functionName?: string | null, args?: readonly unknown[] | null, options?: CallOptions | null): Promise<any>
  /** Number of workers; 0 before `initialize`, after a failed one, and after `shutdown`. */
  getWorkerCount(): number
  /**
   * Rejects running and queued calls with `ERR_POOL_CLOSED`, lets idle workers run their `atexit`
   * hooks, kills what is left after 5 s, and resolves when every worker is gone. Idempotent.
   */
  shutdown(): Promise<void>
}

/** Options of a {@link PythonWorkerPool}. Every one may be left out. */
export interface PythonWorkerPoolOptions {
  /**
   * Number of worker processes, at least 1. Default: 1. Each worker imports the script and holds
   * its own copy of what that loads; more than 8 log a warning about memory.
   */
  workers?: number
  /**
   * Python interpreter: a path, or a name to look up on `PATH`. Default: `PROMPTFOO_PYTHON`; an
   * active virtual environment (`VIRTUAL_ENV`); `.venv` or `venv` beside the script or in the
   * working directory; `python3`, then `python` on `PATH`; on Windows `py -3`.
   */
  pythonPath?: string
  /**
   * Bound on one call in milliseconds, counted from the moment a worker has it. Default: the
   * environment's `REQUEST_TIMEOUT_MS`, else 120 000. `Infinity` for no bound.
   */
  timeout?: number
  /**
   * Bound on importing the script in milliseconds. Default: the environment's
   * `PYTHON_WORKER_STARTUP_TIMEOUT`, else 120 000. An import still running is logged every 10 s.
   */
  startupTimeout?: number
  /**
   * Bound on the time a call waits for a worker, in milliseconds; a call that waits longer rejects
   * with `ERR_QUEUE_TIMEOUT` and never reaches Python. Default: none.
   */
  queueTimeout?: number
  /**
   * How many calls may wait for a worker, at least 0; one more rejects with `ERR_QUEUE_FULL`. Where
   * calls take less than half a millisecond, a worker may have up to 64 of them at a time, which do
   * not count. Default: no bound.
   */
  maxQueue?: number
  /**
   * Crashes or failed restarts in a row after which a worker is given up, at least 1. Default: 3.
   * The first restart is immediate, the next comes after 100 ms, doubling up to 5 s.
   */
  maxCrashes?: number
  /**
   * Bound on the arguments of a call, and on its result, in bytes as they are sent (JSON text, and
   * long strings beside it), at most 4 GiB less 1 MiB. Default: 1 GiB.
   */
  maxPayload?: number
  /** Working directory of the workers. Default: that of Node.js. */
  cwd?: string
  /**
   * The whole environment of the workers. Default: that of Node.js when `initialize` is called.
   * `PYTHONUTF8=1` is added unless it says something else of `PYTHONUTF8`.
   */
  env?: Record<string, string | undefined>
  /** Arguments for the interpreter, as `['-X', 'dev']`. Default: none. */
  pythonArgs?: Array<string>
  /**
   * Whether each call is an OpenTelemetry span under the `traceparent` in its third argument. Needs
   * OpenTelemetry in the workers' Python, without which there is one warning. Default: what
   * `PROMPTFOO_ENABLE_OTEL` in the environment of the workers says (`true`, `1` or `yes`).
   */
  tracing?: boolean
  /**
   * Receives the pool's own messages and what the script prints. Default: warnings and errors
   * go to stderr, the rest nowhere.
   */
  logger?: Logger
}
