import type { CallOptions, MapOptions } from './call-options.js';
import { show } from './checks.js';
import { PoolCore } from './core.js';
import { makeDisposable } from './disposal.js';
import { hideFrames, invalidArgument, withCode } from './failures.js';
import type {
  AnyFunctions,
  Call,
  Explicit,
  Fixed,
  FunctionMap,
  FunctionName,
  MapCalls,
  MapName,
  Result,
  Stream,
  ValueName,
} from './functions.js';
import { type LoadsOption, ON_LOADS } from './loads.js';
import { type PythonWorkerPoolOptions, poolSettings } from './pool-options.js';
import type { Script } from './script.js';
import type { ShutdownOptions } from './shutdown-options.js';
import type { PoolStats } from './stats.js';
import type { StreamOptions } from './stream-options.js';

type Options = PythonWorkerPoolOptions;

// biome-ignore lint/correctness/noUnusedVariables: the parameters must be those of the class.
export interface PythonWorkerPool<in out F extends FunctionMap<F> = AnyFunctions> {
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
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `makeDisposable` defines the method.
export class PythonWorkerPool<in out F extends FunctionMap<F> = AnyFunctions> {
  readonly #core: PoolCore;

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
  constructor(
    script: Script,
    second?: string | Options | null,
    third?: number | Options | null,
    pythonPath?: string | null,
    timeout?: number | null,
    sixth?: Options | null,
  ) {
    try {
      const isSecond = isOptions(second);
      const [functionName, last] = isSecond ? [undefined, second] : [second, third];
      const [workers, options] = isOptions(last) ? [undefined, last] : [last, sixth];
      checkUnused(isSecond ? third : undefined);
      checkUnused(isOptions(last) ? sixth : undefined);
      const settings = poolSettings({ workers, pythonPath, timeout }, options);
      const entry = PythonWorkerPool.prototype.execute;
      const onLoads = (options as LoadsOption | null | undefined)?.[ON_LOADS];
      this.#core = new PoolCore(script, functionName, settings, { entry, onLoads });
    } catch (error) {
      throw hideFrames(withCode(error, 'The pool cannot be made'), PythonWorkerPool);
    }
  }

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
  initialize(): Promise<void> {
    return this.#core.initialize(PythonWorkerPool.prototype.initialize);
  }

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
  ): Promise<Result<F, N, T>> {
    const [functionName, args, options] = call as Call<AnyFunctions, string, CallOptions>;
    return this.#core.execute(functionName, args, options) as Promise<Result<F, N, T>>;
  }

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
  ): AsyncIterableIterator<Result<F, N, T>> {
    const entry = PythonWorkerPool.prototype.map;
    const results = this.#core.map(functionName, calls, options, entry);
    return results as AsyncIterableIterator<Result<F, N, T>>;
  }

  /**
   * A snapshot in numbers: the state, the queue, the outcomes of calls, the workers, and how long calls waited and ran.
   * Works at any time, also before `initialize` and after `shutdown`, and never throws. It reads the memory of each
   * worker, which takes some microseconds each.
   */
  stats(): PoolStats {
    return this.#core.stats();
  }

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
  >(...call: Call<F, N, StreamOptions>): Stream<F, N, T, R> {
    const [functionName, args, options] = call as Call<AnyFunctions, string, StreamOptions>;
    const entry = PythonWorkerPool.prototype.stream;
    return this.#core.stream(functionName, args, options, entry) as Stream<F, N, T, R>;
  }

  /** Number of workers; 0 before `initialize`, after a failed one, and after `shutdown`. */
  getWorkerCount(): number {
    return this.#core.workerCount;
  }

  /**
   * Rejects running and queued calls with `ERR_POOL_CLOSED`, lets idle workers run their `atexit` hooks,
   * kills those that are left after 5 s, and resolves when every worker is gone. Idempotent. With the option
   * `drain`, calls may finish first.
   *
   * Rejects with `ERR_INVALID_ARGUMENT` for invalid options.
   */
  shutdown(options?: ShutdownOptions | null): Promise<void> {
    return this.#core.shutdown(options, PythonWorkerPool.prototype.shutdown);
  }
}

makeDisposable(PythonWorkerPool, (pool: PythonWorkerPool) => pool.shutdown());

function isOptions(value: unknown): value is Options {
  return typeof value === 'object' && value !== null;
}

/** A parameter behind the options would be ignored. */
function checkUnused(value: unknown): void {
  if (value !== undefined && value !== null) {
    throw invalidArgument(
      `Unexpected argument after the options: ${show(value)}. The options are the last argument.`,
    );
  }
}
