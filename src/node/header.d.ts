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
