// What pools and workers share. Everything that has to belong to the caller's realm happens on this side:
// under Jest, each test file has its own `JSON`, `Error` and `Promise`, and values of another realm are
// not equal to its own. The native side deals in text.

import path from 'node:path';
import { isPromise } from 'node:util/types';
import { newNativePool } from './addon.js';
import type { Batches } from './batches.js';
import { type CallOptions, checkMapOptions, type MapOptions } from './call-options.js';
import { Calls, failWith } from './calls.js';
import { publishWorkers, WorkerWatch } from './channels.js';
import { checkDrain, checkEnvironment, checkName, checkObject, checkOptions } from './checks.js';
import { PROMPTFOO } from './defaults.js';
import {
  definedVariables,
  type Environment,
  type ExtraEnvironment,
  mergeVariables,
} from './environment.js';
import { PythonPoolError } from './errors.js';
import {
  about,
  describe,
  type EntryPoint,
  hideFrames,
  invalidArgument,
  native,
  type Rejection,
  withCode,
} from './failures.js';
import { defaultFlight, fixedFlight, type Places, type QueueLimits } from './flight.js';
import { invokeSafely } from './invoke-safely.js';
import type { LoadsListener } from './loads.js';
import { makeLog, nativeLog } from './logger.js';
import { MapSource } from './map-source.js';
import type { NativePool } from './native.js';
import { OrderedResults } from './ordered-results.js';
import type { Outcomes } from './outcomes.js';
import { own } from './own.js';
import { PACKAGE_ROOT } from './package-root.js';
import { Pending } from './pending.js';
import type { PoolSettings } from './pool-options.js';
import { checkScript, nameOf, type Script } from './script.js';
import type { ShutdownOptions } from './shutdown-options.js';
import { type PoolStats, poolStats } from './stats.js';
import { type PythonStream, StreamIterator } from './stream.js';
import { checkStreamOptions, type StreamOptions } from './stream-options.js';
import { MIN_WORKERS } from './worker-count.js';

const MANY_WORKERS = 8;

export interface CoreOptions {
  /** The public method that makes calls. */
  entry: EntryPoint;
  /** Called whenever a worker becomes ready. */
  onReady?: (() => void) | undefined;
  /** Called for the files of the user's project that workers load. */
  onLoads?: LoadsListener | undefined;
}

export class PoolCore {
  readonly #native: NativePool;
  readonly #calls: Calls;
  readonly #outcomes: Outcomes;
  readonly #workerWatch: WorkerWatch;
  readonly #environment: Environment | undefined;
  readonly #extraEnvironment: ExtraEnvironment;
  readonly #workers: number;
  readonly #timeout: number;
  readonly #places: Places;
  readonly #queue: QueueLimits;
  readonly #batches: Batches | undefined;
  /** The error of a rejection of `initialize()` or `shutdown()`. */
  readonly #fail: (rejection: Rejection) => never;
  /** The function of calls that name none. */
  readonly defaultFunction: string | undefined;
  /** The script, as errors name it. */
  readonly script: string;

  constructor(
    script: Script,
    functionName: string | null | undefined,
    { env, extraEnv, logger, warnings, batch, workers, ...config }: PoolSettings,
    { entry, onReady, onLoads }: CoreOptions,
  ) {
    this.defaultFunction = defaultFunction(functionName);
    const nativeScript = checkScript(script);
    this.script = nativeScript.kind === 'file' ? nativeScript.path : nativeScript.name;
    const pending = new Pending(this.script);
    const log = makeLog(logger, pending.callOf);
    // The native side reads inherited properties, too.
    const nativeConfig = own({
      ...config,
      workers: Math.max(workers.max, MIN_WORKERS),
      minWorkers: Math.max(workers.min, 0),
      ...(workers.idleTimeout !== undefined && { idleTimeout: workers.idleTimeout }),
      script: nativeScript,
      pythonDirectory: path.join(PACKAGE_ROOT, 'python'),
      interpreterVariable: PROMPTFOO.interpreterVariable,
      plugin: PROMPTFOO.plugin,
      reportsFiles: onLoads !== undefined,
      ...(typeof functionName === 'string' && { function: functionName }),
    });
    const callbacks = {
      deliver: pending.deliver,
      items: pending.deliverItems,
      // In a microtask of its own, so that its exceptions are the user's.
      ready: onReady ? () => queueMicrotask(onReady) : () => {},
      worker: publishWorkers(this.script),
      loads: (path: string, stamp: string) => invokeSafely(() => onLoads?.(path, stamp)),
      log: nativeLog(log),
    };
    this.#native = native(this.script, () => newNativePool(nativeConfig, callbacks));
    this.#environment = env;
    this.#extraEnvironment = extraEnv ?? {};
    this.#workers = workers.max;
    this.#timeout = config.timeout;
    this.#places = {
      workers: nativeConfig.workers,
      concurrencyPerWorker: config.concurrencyPerWorker ?? 1,
      threadsPerWorker: config.threadsPerWorker ?? 1,
    };
    this.#queue = {
      maxQueue: config.maxQueue ?? Number.POSITIVE_INFINITY,
      queueTimeout: config.queueTimeout ?? Number.POSITIVE_INFINITY,
    };
    this.#batches = batch;
    this.#fail = failWith(this.script);
    this.#workerWatch = new WorkerWatch(this.#native);
    this.#outcomes = pending.outcomes;
    this.#calls = new Calls(
      this.#native,
      pending,
      this.#workerWatch,
      log,
      this.defaultFunction,
      this.script,
      entry,
      config.maxPayload,
      batch,
    );
    for (const warning of warnings) {
      log('warn', warning);
    }
    if (workers.max > MANY_WORKERS) {
      log(
        'warn',
        `Spawning ${workers.min < workers.max ? 'up to ' : ''}${workers.max} Python workers for ${nameOf(script)}. This may use significant ` +
          'memory if your script has heavy imports.',
      );
    }
  }

  /** @param entry the public method */
  initialize(entry: EntryPoint): Promise<void> {
    try {
      this.#checkWorkerCount();
      const ownVariables = this.#ownVariables();
      const variables = this.#variables();
      this.#workerWatch.update();
      return this.#settled(() => this.#native.initialize(variables, ownVariables));
    } catch (error) {
      return this.#rejected(withCode(error, 'The pool cannot be started'), entry);
    }
  }

  execute(
    functionName: string | null | undefined,
    args: readonly unknown[] | null | undefined,
    options: CallOptions | null | undefined,
  ): Promise<unknown> {
    return this.#calls.make(functionName, args, options);
  }

  /** The outcome of a call that cannot be made. */
  refuse(problem: PythonPoolError, functionName: string | null | undefined): Promise<never> {
    return this.#calls.refuse(problem, functionName ?? this.defaultFunction);
  }

  /** @param entry the public method */
  map(
    functionName: string | null | undefined,
    calls: unknown,
    options: MapOptions | null | undefined,
    entry: EntryPoint,
  ): AsyncIterableIterator<unknown> {
    const { script } = this;
    return this.#orThrow(functionName, entry, (name) => {
      const source = new MapSource(calls, name);
      const { inFlight, call } = checkMapOptions(options);
      const maxBatch = this.#batches?.[name]?.max;
      const flight = inFlight
        ? fixedFlight(inFlight)
        : defaultFlight(this.#places, this.#queue, maxBatch);
      const common = { script, functionName: name, options: call };
      return new OrderedResults(this.#calls, common, source, flight);
    });
  }

  /**
   * @param entry the public method
   * @param problem why no call can be made
   */
  stream(
    functionName: string | null | undefined,
    args: readonly unknown[] | null | undefined,
    options: StreamOptions | null | undefined,
    entry: EntryPoint,
    problem?: PythonPoolError,
  ): PythonStream {
    return this.#orThrow(functionName, entry, (name) => {
      this.#calls.checkStreamed(name);
      const checked = checkStreamOptions(options, this.#timeout);
      const sink = problem
        ? this.#calls.failedStream(name, problem, checked)
        : this.#calls.stream(name, args, checked);
      return new StreamIterator(sink);
    });
  }

  /** Runs `make` with the name of the function; what it throws is about that one. */
  #orThrow<T>(
    functionName: string | null | undefined,
    entry: EntryPoint,
    make: (name: string) => T,
  ): T {
    const { script } = this;
    let name: string | undefined;
    try {
      name = this.#calls.nameOf(functionName);
      return make(name);
    } catch (error) {
      const failure = this.#calls.countRefused(error, name);
      throw hideFrames(about(failure, { script, function: name }), entry);
    }
  }

  /** @param entry the public method */
  shutdown(options: ShutdownOptions | null | undefined, entry: EntryPoint): Promise<void> {
    try {
      const given = checkObject('options', options ?? {});
      const { drain } = checkOptions<ShutdownOptions>(given, { drain: checkDrain });
      const limit = typeof drain === 'number' ? drain : undefined;
      return this.#settled(() => this.#native.shutdown(limit));
    } catch (error) {
      return this.#rejected(withCode(error, 'The pool cannot be shut down'), entry);
    }
  }

  stats(): PoolStats {
    this.#workerWatch.update();
    const json = native(this.script, () => this.#native.stats());
    return poolStats(json, this.#outcomes.counts);
  }

  get workerCount(): number {
    return native(this.script, () => this.#native.workerCount());
  }

  get isReady(): boolean {
    return native(this.script, () => this.#native.isReady());
  }

  get isBusy(): boolean {
    return native(this.script, () => this.#native.isBusy());
  }

  get isDead(): boolean {
    return native(this.script, () => this.#native.isDead());
  }

  /** promptfoo's pool, too, refuses these only when it starts. */
  #checkWorkerCount(): void {
    if (this.#workers < MIN_WORKERS) {
      throw invalidArgument(
        `Invalid worker count: ${this.#workers}. Must be at least ${MIN_WORKERS}.`,
      );
    }
  }

  /** The variables of all workers. */
  #variables(): Record<string, string> {
    const variables = definedVariables(this.#environment ?? process.env);
    const extra = this.#extraEnvironment;
    return typeof extra === 'function' ? variables : mergeVariables(variables, extra);
  }

  /** Those that each worker has beside them, by index. */
  #ownVariables(): [name: string, value: string][][] {
    const extra = this.#extraEnvironment;
    if (typeof extra !== 'function') {
      return [];
    }
    const workers = this.#workers;
    return Array.from({ length: workers }, (_, index) =>
      Object.entries(
        checkEnvironment(`extraEnv of worker ${index}`, callUser(extra, { index, workers })),
      ),
    );
  }

  /** The outcome of a native promise, in a promise and with an error of this realm. */
  #settled(start: () => Promise<void>): Promise<void> {
    return new Promise<void>((resolve) => resolve(start())).then(undefined, this.#fail);
  }

  #rejected(error: PythonPoolError, entry: EntryPoint): Promise<void> {
    return Promise.reject(hideFrames(about(error, { script: this.script }), entry));
  }
}

function callUser(
  extraEnv: Extract<ExtraEnvironment, (...args: never[]) => unknown>,
  worker: { index: number; workers: number },
): Environment {
  try {
    const variables: unknown = extraEnv(worker);
    if (isPromise(variables)) {
      variables.catch(() => {}); // it is refused, whatever comes of it
    }
    return variables as Environment;
  } catch (error) {
    throw new PythonPoolError(`extraEnv threw for worker ${worker.index}: ${describe(error)}`, {
      code: 'ERR_INVALID_ARGUMENT',
      cause: error,
    });
  }
}

function defaultFunction(name: string | null | undefined): string | undefined {
  return name === undefined || name === null ? undefined : checkName('functionName', name);
}
