import type { CallOptions } from './call-options.js';
import { checkCallback } from './checks.js';
import { PoolCore } from './core.js';
import { makeDisposable } from './disposal.js';
import { PythonPoolError } from './errors.js';
import { hideFrames, withCode } from './failures.js';
import { type PythonWorkerOptions, workerSettings } from './pool-options.js';
import type { Script } from './script.js';
import type { ShutdownOptions } from './shutdown-options.js';
import type { PythonStream } from './stream.js';
import type { StreamOptions } from './stream-options.js';

export interface PythonWorker {
  /** Like `shutdown()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * One Python process that runs one call at a time, without a queue: a pool of one. Most users want a
 * {@link PythonWorkerPool}.
 *
 * The process is restarted after a crash, and replaced after a timeout of a plain function.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `makeDisposable` defines the method.
export class PythonWorker {
  readonly #core: PoolCore;

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
  ) {
    try {
      this.#core = new PoolCore(
        script,
        functionName,
        workerSettings({ pythonPath, timeout }, options),
        { entry: PythonWorker.prototype.call, onReady: checkCallback('onReady', onReady) },
      );
    } catch (error) {
      throw hideFrames(withCode(error, 'The worker cannot be made'), PythonWorker);
    }
  }

  /** Like `initialize` of {@link PythonWorkerPool}. */
  initialize(): Promise<void> {
    return this.#core.initialize(PythonWorker.prototype.initialize);
  }

  /**
   * Calls a function of the script. Rejects like `execute` of {@link PythonWorkerPool}, and with
   * `ERR_WORKER_NOT_READY` before the worker is ready and `ERR_WORKER_BUSY` during another call.
   *
   * @param functionName Dotted name in the script. Default: the default function.
   * @param args Positional arguments, as they are at the time of the call. Default: none.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the public default type.
  call<T = any>(
    functionName?: string | null,
    args?: readonly unknown[] | null,
    options?: CallOptions | null,
  ): Promise<T> {
    const problem = this.#problem();
    return problem
      ? this.#core.refuse(problem, functionName)
      : (this.#core.execute(functionName, args, options) as Promise<T>);
  }

  /**
   * Calls a generator function and yields its items, like `stream` of {@link PythonWorkerPool}. The stream also fails
   * with `ERR_WORKER_NOT_READY` and `ERR_WORKER_BUSY`, as `call` does.
   *
   * @param functionName Dotted name in the script. Default: the default function.
   * @param args Positional arguments, as they are at the time of the call. Default: none.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the public default types.
  stream<T = any, R = any>(
    functionName?: string | null,
    args?: readonly unknown[] | null,
    options?: StreamOptions | null,
  ): PythonStream<T, R> {
    const entry = PythonWorker.prototype.stream;
    return this.#core.stream(functionName, args, options, entry, this.#problem());
  }

  #problem(): PythonPoolError | undefined {
    if (!this.isReady()) {
      return new PythonPoolError('Worker not ready', { code: 'ERR_WORKER_NOT_READY' });
    }
    return this.isBusy()
      ? new PythonPoolError('Worker is busy', { code: 'ERR_WORKER_BUSY' })
      : undefined;
  }

  /** Whether the process has imported the script and serves calls. */
  isReady(): boolean {
    return this.#core.isReady;
  }

  /** Whether a call is running. */
  isBusy(): boolean {
    return this.#core.isBusy;
  }

  /** Whether the process crashed too often in a row to be restarted. */
  isDead(): boolean {
    return this.#core.isDead;
  }

  /** Like `shutdown` of {@link PythonWorkerPool}. */
  shutdown(options?: ShutdownOptions | null): Promise<void> {
    return this.#core.shutdown(options, PythonWorker.prototype.shutdown);
  }
}

makeDisposable(PythonWorker, (worker) => worker.shutdown());
