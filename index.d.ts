/// <reference lib="esnext.disposable" />
/* Written by `npm run build` from the sources in `ts`. */

import {
  CallApiContext,
  CallApiOptions,
  ProviderClassificationResponse,
  ProviderEmbeddingResponse,
  ProviderResponse,
  PythonProvider,
  PythonProviderConfig,
  PythonProviderOptions,
  TokenUsage,
  getEnvInt,
  providerRegistry,
  pythonAssert,
} from './promptfoo.js';

// ts/pool/batches.d.ts
/** How calls of a function are combined: waiting ones are passed to Python as one call, in lists. */
interface BatchOptions {
  /** Maximum number of calls in a batch, from 1 to 65 535. */
  max: number;
  /**
   * How long a call waits for others although a worker is free, in milliseconds; less than `queueTimeout`. A full
   * batch starts at once, and so does any once a call finds the queue full (`maxQueue`). Default: 0.
   */
  wait?: number | null | undefined;
}
/** A record of Python's `logging`, or a printed line. */
interface LogRecord {
  /** In milliseconds since the epoch. */
  time: number;
  /** Name of the Python logger, at most 200 characters of it; empty for a printed line. */
  logger: string;
  /** That of the record; of a printed line, `info` for stdout and `warn` for stderr. */
  level: 'debug' | 'info' | 'warn' | 'error';
  /** The text, in the format that the script has chosen. */
  message: string;
  /** Index of the worker, from 0. */
  worker: number;
  /** What the line was printed to; absent for records of `logging`. */
  stream?: 'stdout' | 'stderr';
  /** File that made the record. */
  file?: string;
  /** Line in that file. */
  line?: number;
  /** Name of the thread that made the record. */
  thread?: string;
  /** The exception that was logged with the record. */
  exception?: {
    type: string;
    message: string;
    traceback: string;
  };
  /**
   * Attributes that the script added to the record, as with `extra={...}`. Values without a form in JSON are
   * texts, as `str()` makes them. What goes beyond 64 Ki characters is left out.
   */
  extra: Record<string, unknown>;
  /**
   * The call that logged or printed this. Absent outside of calls, and once the call has settled. A line of a batch of
   * several calls has none for the `logger`; the `onLog` of each of them gets it with its own call.
   */
  call?: CallInfo;
}
/** A call, as log records name it. */
interface CallInfo {
  /** Counted from 1 in each pool. */
  id: number;
  /** The function that was called. */
  function: string;
  /** The option `tags` of the call; empty by default. */
  tags: Record<string, unknown>;
}
/** Environment variables; those that are undefined are left out. */
type Environment = Record<string, string | undefined>;
/** Variables for all workers, or a function that returns those of one. */
type ExtraEnvironment = Environment | ((worker: { index: number; workers: number }) => Environment);
/** Receives log lines. Lines for a missing method are dropped, and exceptions it throws are ignored. */
interface Logger {
  /** Events of the pool itself: interpreter found, worker started, worker ready. */
  debug?(message: string, context: LogContext): void;
  /** What the script prints to stdout. */
  info?(message: string, context: LogContext): void;
  /** What the script prints to stderr; crashed workers that are restarted; slow imports. */
  warn?(message: string, context: LogContext): void;
  /** Workers that are not restarted any more. */
  error?(message: string, context: LogContext): void;
}
/**
 * The fields of a {@link LogRecord}, as far as they apply: lines of the pool itself have no `logger` and no `extra`,
 * and a `worker` only if they are about one. `call` was a number before 0.2: its `id` is that number.
 */
interface LogContext extends Partial<LogRecord> {}
/** How numbers in results arrive. A call uses the options of its pool unless it sets its own. */
interface ResultOptions {
  /**
   * Arrays of numbers, such as those of numpy: each as a {@link PythonArray}, or as a list of numbers,
   * nested by its shape. In a list, an integer beyond 2⁵³ − 1 is an error, and `nan` applies. Default:
   * `typed`.
   */
  arrays?: 'typed' | 'list' | null | undefined;
  /**
   * `NaN` and infinities, except inside a {@link PythonArray}, where they stay: an error
   * (`ERR_NOT_SERIALIZABLE` with the path), or `null`. `NaT` and `pandas.NA` count as `NaN`. Default:
   * `error`.
   */
  nan?: 'error' | 'null' | null | undefined;
}
/** Options of one call. */
interface CallOptions extends ResultOptions {
  /**
   * Limit on the time a worker may take for this call, in milliseconds. `Infinity`: none. Default: the
   * pool's `timeout`.
   */
  timeout?: number | null | undefined;
  /**
   * Aborts the call: it rejects with an `AbortError` (code `ABORT_ERR`) whose `cause` is the signal's
   * reason. A queued call never reaches Python; a running one is interrupted and its worker replaced,
   * or cancelled if its function is `async def`, unless `interrupt` is `false`.
   */
  signal?: AbortSignal | null | undefined;
  /**
   * Whether `signal` also aborts the call once it has started. With `false`, the call is only cancelled
   * while it is queued; once started, it settles as if there were no signal. Default: `true`.
   */
  interrupt?: boolean | null | undefined;
  /**
   * Keyword arguments, by name: `{ temperature: 0.2 }`. Those that are `undefined` are left out. A name that
   * the function does not know, or that is also a positional argument, is a `TypeError` in Python
   * (`ERR_PYTHON_EXCEPTION`). Default: none.
   */
  kwargs?: Record<string, unknown> | null | undefined;
  /** Labels for the log records of this call, by name: they stay in Node.js. Default: none. */
  tags?: Record<string, unknown> | null | undefined;
  /**
   * Receives what this call logs and prints, until it settles or its stream or loop is left; the pool's `logger` receives
   * it, too. What it
   * throws is ignored. Default: none.
   */
  onLog?: ((record: LogRecord) => void) | null | undefined;
  /**
   * How often to run the call again if its worker is lost (`ERR_WORKER_CRASHED`). Its function must be
   * safe to run twice. A timeout, an abort or an exception is never followed by another run. Default: 0.
   */
  retries?: number | null | undefined;
}
/** Options of `map`. */
interface MapOptions extends CallOptions {
  /**
   * Maximum number of calls in flight, with results that wait for `next()`: the iterable is read no further
   * ahead. Default: as many as keep all workers busy, at most 32 for each worker. While calls are slow, a worker
   * has two of them, one of which waits; with `maxQueue` or `queueTimeout`, always one. A worker that runs several
   * calls at the same time has as many times more. Of a batched function it is batches of `max` calls that count: two
   * for each worker, with `maxQueue` as many calls as it has room for, and with `queueTimeout` fewer while they take
   * more than half of it.
   */
  inFlight?: number | null | undefined;
}
/** Error codes, each with the fields that its errors always have. */
interface PythonPoolErrorCodes {
  /** The function raised an exception. */
  ERR_PYTHON_EXCEPTION: 'pythonType' | 'pythonMessage' | 'traceback';
  /** The script has no such function. */
  ERR_FUNCTION_NOT_FOUND: 'available';
  /** The script could not be imported. */
  ERR_PYTHON_LOAD: never;
  /** No usable Python interpreter was found. */
  ERR_PYTHON_NOT_FOUND: 'attempts';
  /** Importing the script took longer than `startupTimeout`. */
  ERR_STARTUP_TIMEOUT: 'timeout';
  /** The call took longer than its `timeout`. */
  ERR_CALL_TIMEOUT: 'timeout' | 'started';
  /** A stream had no item for longer than its `itemTimeout`. */
  ERR_ITEM_TIMEOUT: 'timeout' | 'started';
  /** The call waited for a worker longer than `queueTimeout`. */
  ERR_QUEUE_TIMEOUT: 'timeout' | 'started';
  /** `maxQueue` calls were waiting already. */
  ERR_QUEUE_FULL: 'limit' | 'started';
  /** The signal of the call was aborted. */
  ABORT_ERR: 'started';
  /** The worker ended, or sent an invalid result, during the call. */
  ERR_WORKER_CRASHED: 'stderrTail' | 'started';
  /** Every worker crashed `maxCrashes` times in a row. */
  ERR_POOL_DEAD: never;
  /** `initialize()` has not succeeded yet. */
  ERR_NOT_INITIALIZED: 'started';
  /** The pool was shut down. */
  ERR_POOL_CLOSED: 'started';
  /** `PythonWorker`: the worker is not ready. */
  ERR_WORKER_NOT_READY: never;
  /** `PythonWorker`: another call is running. */
  ERR_WORKER_BUSY: never;
  /** An argument or option is invalid. */
  ERR_INVALID_ARGUMENT: never;
  /** An argument, or the result, has no form that can be sent. */
  ERR_NOT_SERIALIZABLE: 'path';
  /** The arguments, or the result, exceed `maxPayload` or what a string can hold. */
  ERR_PAYLOAD_TOO_LARGE: 'size' | 'limit';
  /** The operating system refused a step. */
  ERR_SYSTEM: 'syscall' | 'errno';
}
/** Stable codes of errors. */
type PythonPoolErrorCode = keyof PythonPoolErrorCodes;
/** A worker. */
interface WorkerInfo {
  /** Its index in the pool, from 0. */
  index: number;
  /** Its process id. */
  pid: number;
}
/** The fields of an error with code `C`. */
interface ErrorFields<C extends PythonPoolErrorCode = PythonPoolErrorCode> extends Error {
  code: C;
  /** The function that was called. */
  function?: string;
  /** The script of the pool: its absolute path, or the dotted name of the module. */
  script: C extends 'ERR_INVALID_ARGUMENT' ? string | undefined : string;
  /** The worker that had the call, if one had it. */
  worker?: WorkerInfo;
  /**
   * Whether Python had begun the call, so that it may have had effects. Of `ERR_CALL_TIMEOUT`,
   * `ERR_ITEM_TIMEOUT`, `ERR_QUEUE_TIMEOUT`, `ERR_QUEUE_FULL`, `ABORT_ERR`, `ERR_WORKER_CRASHED`, `ERR_POOL_CLOSED` and
   * `ERR_POOL_DEAD`; always `false` of `ERR_NOT_INITIALIZED`, and of a call that waited for a start that failed.
   */
  started?: boolean;
  /**
   * `ERR_WORKER_CRASHED`: other calls had started in that worker, so that this one need not be the cause
   * (`pythonStack` shows where Python was).
   */
  collateral?: true;
  /** `ERR_PYTHON_EXCEPTION`: qualified name of the exception's type. */
  pythonType?: string;
  /** `ERR_PYTHON_EXCEPTION`: `str()` of the exception. */
  pythonMessage?: string;
  /**
   * `ERR_PYTHON_EXCEPTION`, `ERR_PYTHON_LOAD`: the traceback as Python prints it. Not enumerable if
   * the message contains its frames.
   */
  traceback?: string;
  /** `ERR_FUNCTION_NOT_FOUND`: names of the functions in the script. */
  available?: string[];
  /** `ERR_PYTHON_NOT_FOUND`: one line for each interpreter that was tried. */
  attempts?: string[];
  /**
   * `ERR_CALL_TIMEOUT`, `ERR_ITEM_TIMEOUT`, `ERR_QUEUE_TIMEOUT`, `ERR_STARTUP_TIMEOUT`: the timeout that elapsed,
   * in milliseconds.
   */
  timeout?: number;
  /**
   * `ERR_CALL_TIMEOUT`, `ERR_STARTUP_TIMEOUT`: where Python was (the main thread, the thread of the call or its
   * coroutine; innermost call last). Absent when Python does not report it within 50 ms, and on Windows for code of
   * the main thread. `ERR_WORKER_CRASHED`,
   * `ERR_PYTHON_LOAD`: where Python was when a fatal error, such as a segmentation fault, ended it.
   */
  pythonStack?: string;
  /**
   * `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: exit code of the worker. On Windows it may be the number of a fatal
   * error, such as 3221225477 (0xC0000005), an access violation.
   */
  exitCode?: number;
  /** `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the signal that ended the worker, such as `SIGSEGV`. */
  signal?: string;
  /** `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the last 64 KiB that the worker wrote to stderr. */
  stderrTail?: string;
  /**
   * `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the probable cause, such as the kernel's out-of-memory
   * killer for `SIGKILL`. `ERR_CALL_TIMEOUT`, `ERR_ITEM_TIMEOUT`: why the call had not started.
   * `ERR_NOT_INITIALIZED`: what to do.
   */
  hint?: string;
  /** `ERR_POOL_DEAD`: the crash of the worker that was lost last. */
  lastCrash?: PythonPoolError;
  /** `ERR_NOT_SERIALIZABLE`: the place of the value, such as `args[1].config.key` or `output.items[3]`. */
  path?: string;
  /**
   * `ERR_PAYLOAD_TOO_LARGE`: the size in bytes, or in objects if there are too many of them; at least that
   * where no string can hold the whole.
   */
  size?: number;
  /** `ERR_PAYLOAD_TOO_LARGE`: the limit in bytes. `ERR_QUEUE_FULL`: the limit in calls. */
  limit?: number;
  /** `ERR_SYSTEM`: the step that the operating system refused, such as `spawn`. */
  syscall?: string;
  /** `ERR_SYSTEM`: the error number of the operating system. */
  errno?: number;
}
/** The error of every rejection, and of the constructors. Comparing its `code` narrows its type. */
type PythonPoolError<C extends PythonPoolErrorCode = PythonPoolErrorCode> = {
  [K in C]: ErrorFields<K> & Required<Pick<ErrorFields<K>, PythonPoolErrorCodes[K]>>;
}[C];
/** For `instanceof`, and to make errors in tests. */
declare const PythonPoolError: {
  readonly prototype: PythonPoolError;
  new <C extends PythonPoolErrorCode>(
    message: string,
    fields: Partial<ErrorFields> & {
      code: C;
    },
  ): PythonPoolError<C>;
};
/** Whether a value is an error of this package, and has the code if one is given. */
declare function isPythonPoolError<C extends PythonPoolErrorCode = PythonPoolErrorCode>(
  error: unknown,
  code?: C | null,
): error is PythonPoolError<C>;
/**
 * The items of a Python generator, or of anything else that Python can iterate over step by step.
 *
 * ```ts
 * const stream = pool.stream('tokens', [prompt]);
 * for await (const token of stream) process.stdout.write(token);
 * const usage = await stream.result; // the generator's return value
 * ```
 *
 * Leaving the loop closes the generator, as `return()` does: its `finally` blocks run. So does losing the last
 * reference to the stream, some time later. Python produces items ahead of the consumer, up to `highWaterMark`.
 *
 * A stream ends with its first error: `next()` yields the items before it, rejects with a {@link PythonPoolError} once,
 * and then says `done`. Several calls of `next()` at the same time are served in order. Node.js keeps running
 * while `next()` or `result` is awaited, and not for the stream itself.
 */
interface PythonStream<T = any, R = any> extends AsyncIterableIterator<T>, AsyncDisposable {
  /**
   * The generator's return value; for a function that returns a plain value, that value. It settles when the call
   * ends, and rejects with the stream's error; or at once with `ABORT_ERR` if the stream is left before its end, while
   * `finally` blocks may still be running.
   *
   * Awaiting it without calling `next()` discards the items. Once `next()` has been called, the items are for its
   * callers: take them to the end, because Python waits while `highWaterMark` of them are not taken.
   */
  readonly result: Promise<R>;
  /** Closes the generator, drops buffered items, and resolves at once. */
  return(value?: any): Promise<IteratorResult<T, any>>;
  /** Like `return()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
/** Functions of a script that has no function map. */
interface AnyFunctions {
  [name: string]: (...args: any[]) => any;
}
/** Constraint of a function map, an interface or type such as `{ embed(texts: string[]): number[] }`. */
type FunctionMap<F> = { [N in keyof F]: (...args: any[]) => any };
/** Names of the functions in a map; any string where there is no map. */
type FunctionName<F> = Untyped<F> extends true ? string : keyof F & string;
/** Names of the functions that return a value: a generator can be streamed, but not executed. */
type ValueName<F> =
  Untyped<F> extends true
    ? string
    : {
        [N in keyof F & string]: IsAny<Output<F, N>> extends true
          ? N
          : StreamOf<Output<F, N>> extends PythonStream<never, unknown>
            ? N
            : never;
      }[keyof F & string];
/** Whether there is no map; also true for `any`. */
type Untyped<F> = string extends keyof F ? true : false;
/** Keeps a constructor's parameter from inferring `F`: `NoInfer`, which TypeScript has from 5.4 on. */
type Fixed<F> = [F][F extends any ? 0 : never];
/** An explicit result type is for pools without a map. */
type Explicit<F> = Untyped<F> extends true ? any : never;
/** The result of a call. */
type Result<F, N, T> = Untyped<F> extends true ? T : Output<F, N>;
/** The stream of a call. */
type Stream<F, N, T, R> = Untyped<F> extends true ? PythonStream<T, R> : StreamOf<Output<F, N>>;
/** The parameters of a call with options `O`. */
type Call<F, N, O> =
  Untyped<F> extends true
    ? [functionName?: string | null, args?: readonly unknown[] | null, options?: O | null]
    : [functionName: N, ...rest: Rest<Arguments<F, N>, O>];
type Rest<A, O> = [] extends A
  ? [args?: A | null, options?: O | null]
  : [args: A, options?: O | null];
/** The function of a `map`. */
type MapName<F, N> = Untyped<F> extends true ? string | null | undefined : N;
/** The lists of arguments of a `map`. */
type MapCalls<F, N> = Lists<Untyped<F> extends true ? readonly unknown[] : Arguments<F, N>>;
type Lists<A> = readonly A[] | Iterable<A> | AsyncIterable<A>;
type Arguments<F, N> = F[N & keyof F] extends (...args: infer A) => any ? Readonly<A> : never;
type Output<F, N> = F[N & keyof F] extends (...args: any) => infer R ? Awaited<R> : never;
/** The stream of a function that returns `V`. A plain value has no items; strings and arrays are plain values. */
type StreamOf<V> =
  IsAny<V> extends true
    ? PythonStream
    : V extends Iterator<infer T, infer R, any>
      ? PythonStream<T, R>
      : V extends AsyncIterator<infer T, infer R, any>
        ? PythonStream<T, R>
        : V extends AsyncIterable<infer T>
          ? PythonStream<T>
          : Iterable<any> extends V
            ? V extends Iterable<infer T>
              ? PythonStream<T>
              : never
            : PythonStream<never, V>;
type IsAny<V> = 0 extends 1 & V ? true : false;
/** What an array of numbers is in Python. */
interface ArrayInfo {
  /** The type of its numbers, as numpy names it. A `float16` is a `Float16Array` where Node.js has one. */
  readonly dtype: `${'int' | 'uint'}${8 | 16 | 32 | 64}` | `float${16 | 32 | 64}`;
  /** Its size in each dimension. The numbers are in row-major order: the last index varies fastest. */
  readonly shape: readonly number[];
}
/** An array of numbers in a result: one of numpy, an `array.array`, or a `memoryview`. */
type PythonArray = ArrayInfo &
  (
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
  );
type TypedArray = ArrayBufferView & ArrayLike<number | bigint>;
/**
 * Gives a typed array the shape that it will have in Python, for example `ndarray(pixels, [480, 640, 3])`.
 *
 * Returns a view of the same memory; `typed` stays as it is. As an argument, the view arrives as a
 * `memoryview` of that shape, which `numpy.asarray` takes without a copy. Throws `ERR_INVALID_ARGUMENT`
 * for anything but a typed array, and for a shape that does not have as many numbers.
 *
 * @param typed The numbers in row-major order: the last index varies fastest. Of a `Buffer`, its bytes.
 * @param shape The size in each dimension, at most 64 of them.
 */
declare function ndarray<T extends TypedArray>(typed: T, shape: readonly number[]): T & ArrayInfo;
/** Workers that start and end with the calls. */
interface ElasticWorkers {
  /**
   * The smallest number of workers, from 0 to `max`. `initialize` starts them; with 0, the first call starts one.
   * Default: 1.
   */
  min?: number | null | undefined;
  /** The largest number of workers, from 1 to 1024. */
  max: number;
  /** For how many milliseconds a worker may be idle before it ends, if there are more than `min`. Default: 60 000. */
  idleTimeout?: number | null | undefined;
}
/** Options of a {@link PythonWorkerPool}. All are optional. */
interface PythonWorkerPoolOptions<F = AnyFunctions> extends ResultOptions {
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
type PythonWorkerOptions = Omit<PythonWorkerPoolOptions, 'workers'>;
/**
 * A Python script: a path, absolute or relative to the working directory of Node.js; a `file:` URL; or the
 * dotted name of a module, which Python finds as for `python -m`: in the working directory of the workers (the
 * option `cwd`), in `PYTHONPATH`, or among the installed packages.
 */
type Script =
  | string
  | URL
  | {
      readonly module: string;
    };
/** Options of `shutdown`. */
interface ShutdownOptions {
  /**
   * Whether running and queued calls may finish first: `true`, or for how many milliseconds at most. New calls
   * reject with `ERR_POOL_CLOSED` meanwhile, and what is left at the limit rejects as without `drain`. A
   * stream whose consumer has taken nothing for 10 s while Python waits is closed: it ends with `ERR_POOL_CLOSED`.
   * Default: `false`.
   */
  drain?: boolean | number | null | undefined;
}
/** Durations in milliseconds; all 0 if `count` is. Quantiles are within 1 %, the other numbers exact. */
type Histogram = Record<'count' | 'min' | 'mean' | 'max' | 'p50' | 'p90' | 'p99', number>;
/** A snapshot of a pool. Durations are in milliseconds, and counts start when the pool is made. */
interface PoolStats {
  /**
   * `idle` before `initialize`, after a failed one, and after `shutdown`; `dead` once every worker was given up
   * (`maxCrashes`).
   */
  state: 'idle' | 'starting' | 'running' | 'closing' | 'dead';
  /** The calls that no worker has: their number, and how long ago the oldest of them was made. */
  queue: {
    length: number;
    longestWait: number;
  };
  /**
   * The calls that have settled, each counted once: `cancelled` are those that rejected with `ABORT_ERR`, and
   * `failed` all others that rejected, by code. A stream counts when its consumer knows how it ended, or leaves it.
   */
  calls: {
    succeeded: number;
    cancelled: number;
    failed: { [C in PythonPoolErrorCode]?: number };
  };
  /** All workers of the option `workers`, whatever the state of the pool. */
  workers: WorkerStats[];
  /** How long calls waited for a place in a worker. A call that never had one is in neither histogram. */
  waitTime: Histogram;
  /** How long they ran from then on, until they settled. */
  runTime: Histogram;
}
/** A snapshot of a worker. */
interface WorkerStats {
  /** Its index in the pool, from 0. */
  index: number;
  /** Its process id; `null` while it has no process. */
  pid: number | null;
  /**
   * `busy` while it has a call, or does not respond; `stopped` without a process, such as before a restart; `dead`
   * if it crashed too often to be restarted.
   */
  state: 'starting' | 'idle' | 'busy' | 'stopping' | 'stopped' | 'dead';
  /** How many calls have ended in it, in all its processes. */
  calls: number;
  /** How many calls it has: those that run, and short ones that lie ready behind them. */
  inFlight: number;
  /** The resident memory of its process in bytes; `null` while it has none, or if it cannot be read. */
  rss: number | null;
  /**
   * How often it got a new process, by reason: after a crash, a timeout or an abort. `recycle` and `reload` are 0: they
   * are reserved.
   */
  restarts: Record<'crash' | 'timeout' | 'abort' | 'recycle' | 'reload', number>;
}
/** Options of a stream. */
interface StreamOptions extends Omit<CallOptions, 'retries' | 'timeout' | 'signal' | 'interrupt'> {
  /**
   * Limit on the whole stream, in milliseconds, counted from the moment a worker has the call, including time
   * spent waiting for the consumer. Default: `Infinity`, none.
   */
  timeout?: number | null | undefined;
  /**
   * Limit on each wait for an item, in milliseconds: while `next()` waits with nothing buffered, or `result` is
   * awaited instead of items. A stream that exceeds it ends with `ERR_ITEM_TIMEOUT`. The wait for a free worker
   * counts, too; the time that the consumer takes for an item does not. `Infinity`: none. Default: the pool's
   * `timeout`.
   */
  itemTimeout?: number | null | undefined;
  /**
   * How many items Python may produce ahead of the consumer, from 1 to 65 535. It is also at most 256 KiB
   * ahead, not counting the last item. Default: 64.
   */
  highWaterMark?: number | null | undefined;
  /**
   * Aborts the stream: buffered items are dropped, and `next()` and `result` reject with an `AbortError` (code
   * `ABORT_ERR`) whose `cause` is the signal's reason. A queued call never reaches Python; a generator is closed
   * as when its loop is left.
   */
  signal?: AbortSignal | null | undefined;
  /**
   * Whether `signal` also aborts a stream that has had its first item. With `false`, the stream then goes on as
   * if there were no signal. Leaving the loop closes the generator anyway. Default: `true`.
   */
  interrupt?: boolean | null | undefined;
}
interface PythonWorkerPool<in out F extends FunctionMap<F> = AnyFunctions> {
  /** Like `shutdown()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
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
 * A function map makes the calls typed:
 *
 * ```ts
 * interface Functions { embed(texts: string[]): number[] }
 * const pool = new PythonWorkerPool<Functions>('model.py');
 * const vector = await pool.execute('embed', [['Hello']]); // number[]
 * ```
 *
 * An idle pool does not keep Node.js running; a pending `initialize`, call or `shutdown` does.
 * However Node.js ends, no worker outlives it.
 */
declare class PythonWorkerPool<in out F extends FunctionMap<F> = AnyFunctions> {
  #private;
  /**
   * Throws `ERR_INVALID_ARGUMENT` for an invalid value. Starts nothing yet.
   *
   * @param script The Python script.
   * @param functionName The function that `execute`, `stream` and `map` call by default.
   * @param workerCount The option `workers`.
   * @param pythonPath The option of that name.
   * @param timeout The option of that name, in milliseconds.
   * @param options Options by name. Positional values take precedence.
   */
  constructor(
    script: Script,
    functionName: FunctionName<Fixed<F>> | null | undefined,
    workerCount?: number | null,
    pythonPath?: string | null,
    timeout?: number | null,
    options?: PythonWorkerPoolOptions<Fixed<F>> | null,
  );
  /** `functionName` is the function that `execute`, `stream` and `map` call by default. */
  constructor(
    script: Script,
    functionName: FunctionName<Fixed<F>> | null | undefined,
    options?: PythonWorkerPoolOptions<Fixed<F>> | null,
  );
  /** Without a default function, each call names its function. */
  constructor(script: Script, options?: PythonWorkerPoolOptions<Fixed<F>> | null);
  /**
   * Finds Python, starts all workers and waits until each has imported the script.
   *
   * Concurrent calls share one start; a running pool resolves immediately; after a failure or a
   * `shutdown`, or when no worker is left, the pool can be initialized again.
   *
   * Rejects with `ERR_PYTHON_NOT_FOUND`, `ERR_PYTHON_LOAD` (the script could not be imported),
   * `ERR_STARTUP_TIMEOUT`, `ERR_SYSTEM`, or `ERR_POOL_CLOSED` if it is shut down meanwhile. Then no worker
   * is left.
   */
  initialize(): Promise<void>;
  /**
   * Calls a function of the script in the next free worker and resolves with its result.
   *
   * Calls start in the order of submission. While the pool starts, they wait until `initialize` has succeeded,
   * as in the queue; if it fails, they reject with its error. A call that has started is not retried if its
   * worker is lost, unless `retries` allows it.
   *
   * Rejects with a {@link PythonPoolError}: `ERR_PYTHON_EXCEPTION`, `ERR_FUNCTION_NOT_FOUND`,
   * `ERR_CALL_TIMEOUT`, `ERR_QUEUE_TIMEOUT`, `ERR_QUEUE_FULL`, `ABORT_ERR`, `ERR_WORKER_CRASHED`,
   * `ERR_NOT_SERIALIZABLE`, `ERR_PAYLOAD_TOO_LARGE`, `ERR_POOL_DEAD`, `ERR_POOL_CLOSED`,
   * `ERR_NOT_INITIALIZED` or `ERR_INVALID_ARGUMENT`.
   *
   * Values are those of JSON, and binary values at any depth: buffers arrive as `bytes`, typed arrays as a
   * `memoryview`, which `numpy.asarray` takes without a copy; in a result, `bytes` are a `Buffer`, and
   * arrays of numbers a {@link PythonArray}.
   *
   * The parameters are the function's dotted name in the script (`call_api`, `client.ask`), looked up
   * for each call, by default the pool's default function; its positional arguments, as they are at the
   * time of the call, by default none; and the {@link CallOptions}.
   */
  execute<T extends Explicit<F> = Explicit<F>, N extends ValueName<F> = ValueName<F>>(
    ...call: Call<F, N, CallOptions>
  ): Promise<Result<F, N, T>>;
  /**
   * Calls a function once for each list of arguments, and yields the results in that order.
   *
   * ```ts
   * for await (const vector of pool.map('embed', [['a'], ['b']])) console.log(vector);
   * ```
   *
   * `calls` is an array or any other iterable, also an asynchronous one, of arrays of arguments. It is read only as
   * fast as the calls are served and their results taken: see `inFlight`. Nothing is called before the first
   * `next()`.
   *
   * The first call that fails ends the iteration: the results before it are yielded, and then `next()` rejects
   * with its error. Their number is the index of that call. An error of `calls` itself has the same effect. An
   * abort of `signal` ends the iteration at once; with `interrupt: false`, after the calls that have started. At the
   * end, also when the loop is left, the iterable is closed, and calls that are left are aborted: a running one is
   * interrupted as by the option `signal`, unless `interrupt` is `false`.
   *
   * The other parameters are those of `execute`; the options apply to each call. Throws `ERR_INVALID_ARGUMENT` for
   * an invalid one; `next()` rejects with it for an item that is not an array.
   */
  map<T extends Explicit<F> = Explicit<F>, N extends ValueName<F> = ValueName<F>>(
    functionName: MapName<F, N>,
    calls: MapCalls<F, N>,
    options?: MapOptions | null,
  ): AsyncIterableIterator<Result<F, N, T>>;
  /**
   * A snapshot in numbers: the state, the queue, the outcomes of calls, the workers, and how long calls waited and ran.
   * Works at any time, also before `initialize` and after `shutdown`, and never throws. It reads the memory of each
   * worker, which takes some microseconds each.
   */
  stats(): PoolStats;
  /**
   * Calls a generator function, or any function whose result Python can iterate over step by step, and yields its
   * items: see {@link PythonStream}.
   *
   * ```ts
   * for await (const token of pool.stream('tokens', ['Once upon a time'])) process.stdout.write(token);
   * ```
   *
   * The function may be a generator, an async generator, or return any other object with `__next__`, `__anext__` or
   * `__aiter__`, such as a stream of a client for an LLM. A function that returns a plain value, such as a list, has no
   * items, and that value as its `result`. The call is submitted at once and waits for a worker as a call of
   * `execute` does; it occupies its place in the worker until its end, however slow the consumer is.
   *
   * The parameters are those of `execute`, with {@link StreamOptions}. Throws `ERR_INVALID_ARGUMENT` for an
   * invalid one, and for a batched function; every other error comes from the stream: those of `execute`, and
   * `ERR_ITEM_TIMEOUT`.
   */
  stream<
    T extends Explicit<F> = Explicit<F>,
    R extends Explicit<F> = Explicit<F>,
    N extends FunctionName<F> = FunctionName<F>,
  >(...call: Call<F, N, StreamOptions>): Stream<F, N, T, R>;
  /** Number of workers; 0 before `initialize`, after a failed one, and after `shutdown`. */
  getWorkerCount(): number;
  /**
   * Rejects running and queued calls with `ERR_POOL_CLOSED`, lets idle workers run their `atexit` hooks,
   * kills those that are left after 5 s, and resolves when every worker is gone. Idempotent. With the option
   * `drain`, calls may finish first.
   *
   * Rejects with `ERR_INVALID_ARGUMENT` for invalid options.
   */
  shutdown(options?: ShutdownOptions | null): Promise<void>;
}
interface PythonWorker {
  /** Like `shutdown()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
/**
 * One Python process that runs one call at a time, without a queue: a pool of one. Most users want a
 * {@link PythonWorkerPool}.
 *
 * The process is restarted after a crash, and replaced after a timeout of a plain function.
 */
declare class PythonWorker {
  #private;
  /**
   * Throws `ERR_INVALID_ARGUMENT` for an invalid value. Starts nothing yet.
   *
   * @param script The Python script.
   * @param functionName The function that `call` calls by default.
   * @param pythonPath The option of that name.
   * @param timeout The option of that name, in milliseconds.
   * @param onReady Called whenever the worker becomes ready.
   * @param options Options of a pool, except `workers`. Positional values take precedence.
   */
  constructor(
    script: Script,
    functionName: string | null | undefined,
    pythonPath?: string | null,
    timeout?: number | null,
    onReady?: (() => void) | null,
    options?: PythonWorkerOptions | null,
  );
  /** Like `initialize` of {@link PythonWorkerPool}. */
  initialize(): Promise<void>;
  /**
   * Calls a function of the script. Rejects like `execute` of {@link PythonWorkerPool}, and with
   * `ERR_WORKER_NOT_READY` before the worker is ready and `ERR_WORKER_BUSY` during another call.
   *
   * @param functionName Dotted name in the script. Default: the default function.
   * @param args Positional arguments, as they are at the time of the call. Default: none.
   */
  call<T = any>(
    functionName?: string | null,
    args?: readonly unknown[] | null,
    options?: CallOptions | null,
  ): Promise<T>;
  /**
   * Calls a generator function and yields its items, like `stream` of {@link PythonWorkerPool}. The stream also fails
   * with `ERR_WORKER_NOT_READY` and `ERR_WORKER_BUSY`, as `call` does.
   *
   * @param functionName Dotted name in the script. Default: the default function.
   * @param args Positional arguments, as they are at the time of the call. Default: none.
   */
  stream<T = any, R = any>(
    functionName?: string | null,
    args?: readonly unknown[] | null,
    options?: StreamOptions | null,
  ): PythonStream<T, R>;
  /** Whether the process has imported the script and serves calls. */
  isReady(): boolean;
  /** Whether a call is running. */
  isBusy(): boolean;
  /** Whether the process crashed too often in a row to be restarted. */
  isDead(): boolean;
  /** Like `shutdown` of {@link PythonWorkerPool}. */
  shutdown(options?: ShutdownOptions | null): Promise<void>;
}
export {
  AnyFunctions,
  ArrayInfo,
  BatchOptions,
  type CallApiContext,
  type CallApiOptions,
  CallOptions,
  ElasticWorkers,
  Environment,
  ErrorFields,
  FunctionMap,
  FunctionName,
  Histogram,
  LogContext,
  LogRecord,
  Logger,
  MapOptions,
  PoolStats,
  type ProviderClassificationResponse,
  type ProviderEmbeddingResponse,
  type ProviderResponse,
  PythonArray,
  PythonPoolError,
  PythonPoolErrorCode,
  PythonPoolErrorCodes,
  PythonProvider,
  type PythonProviderConfig,
  type PythonProviderOptions,
  PythonStream,
  PythonWorker,
  PythonWorkerOptions,
  PythonWorkerPool,
  PythonWorkerPoolOptions,
  ResultOptions,
  Script,
  ShutdownOptions,
  StreamOptions,
  type TokenUsage,
  WorkerInfo,
  WorkerStats,
  getEnvInt,
  isPythonPoolError,
  ndarray,
  providerRegistry,
  pythonAssert,
};
