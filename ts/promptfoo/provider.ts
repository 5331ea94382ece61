// promptfoo's Python provider, on this package's pool.

import { about } from '../pool/failures.js';
import { PythonWorkerPool } from '../pool/index.js';
import type { LoadsOption } from '../pool/loads.js';
import { own } from '../pool/own.js';
import { openCache, ownVars } from './cache.js';
import { finishWrites } from './cache-writes.js';
import { type Answer, CachedCalls } from './cached-calls.js';
import { forCell } from './cell.js';
import { scriptContext } from './context.js';
import type { CallEnvironment } from './environment.js';
import type { Generation } from './generation.js';
import { unlessHostEnds } from './host-end.js';
import { toLists } from './lists.js';
import { Log } from './log.js';
import { type Construction, readConstruction } from './options.js';
import { poolOptions, pythonPath } from './pool-options.js';
import { resolveReferences, retryReferences } from './references.js';
import { type ApiType, checkResult, fresh } from './results.js';
import { parseTarget, type Target } from './script.js';
import type {
  ProviderCall,
  ProviderClassificationResponse,
  ProviderEmbeddingResponse,
  ProviderResponse,
  PythonProviderConfig,
  PythonProviderOptions,
} from './types.js';
import { type WaitingCalls, waitingHint } from './waiting.js';
import { inOurWords } from './wording.js';
import type { Start } from './worker-count.js';
import { type ProviderScope, WorkersByEnvironment } from './workers-by-environment.js';

/**
 * Runs a Python script as a provider of promptfoo, as promptfoo's own Python provider does, on a
 * {@link PythonWorkerPool}: the script is imported once by each worker and serves many calls.
 *
 * ```yaml
 * providers:
 *   - id: package:python-worker-pool:PythonProvider
 *     config:
 *       script: provider.py
 *       workers: 4
 * ```
 *
 * Arrays of numbers in a result, such as those of numpy, are converted to lists.
 *
 * The workers start with the first call. When the script, or a module of its project that it has imported, has
 * changed, they are replaced before the next call; calls that are still running finish first.
 */
export class PythonProvider<C extends PythonProviderConfig = PythonProviderConfig> {
  /** Shown by promptfoo instead of the id. */
  label?: string;
  /** The configuration; once initialized, with its `file://` references resolved. */
  config: C;
  readonly #options: PythonProviderOptions<C>;
  readonly #target: Target;
  readonly #workers: WorkersByEnvironment;
  readonly #log = new Log();
  readonly #cachedCalls: CachedCalls;
  /** The configuration before its references were resolved. */
  #given: C | undefined;
  /** The configuration for each environment: Python files that it refers to may read variables. */
  readonly #resolved = new Map<string, Promise<C>>();

  /** The form that promptfoo uses for the provider of a package. `options.config.script` is the script. */
  constructor(options: PythonProviderOptions<C>);
  /** The form of promptfoo's own provider: `new PythonProvider('file://provider.py:function', options)`. */
  constructor(script: string, options?: PythonProviderOptions<C> | null);
  constructor(first: string | PythonProviderOptions<C>, second?: PythonProviderOptions<C> | null) {
    const { reference, options } = readArguments(first, second);
    this.#options = options;
    this.config = options.config ?? ({} as C);
    this.label = options.label ?? undefined;
    this.#target = parseTarget(reference, own(this.config).basePath ?? '');
    this.#workers = new WorkersByEnvironment(this, this.#target.path, this.#log, options.env);
    this.#cachedCalls = new CachedCalls(() => this.label || this.id(), this.#log);
  }

  /** The pool of the workers, while there are any. */
  get pool(): PythonWorkerPool | null {
    return this.#workers.pool;
  }

  /** The id in the options, unless that only names this package; else `python:<script>:<function>`. */
  id(): string {
    const { id } = this.#options;
    if (id && !id.startsWith('package:')) {
      return id;
    }
    return `python:${this.#target.name}:${this.#target.functionName ?? 'default'}`;
  }

  /**
   * Starts the workers, unless they are running, and waits until each has imported the script. Optional:
   * calls do so too. Rejects like {@link PythonWorkerPool.initialize}, or if a file that the configuration
   * refers to cannot be read. Called again, it makes another attempt at once; after a failed start, a call only does so
   * once the script has changed, or some seconds have passed.
   */
  async initialize(): Promise<void> {
    this.#workers.retry();
    retryReferences();
    const scope = this.#workers.begin();
    const config = await this.#resolvedConfig(scope.environment);
    // A pool without a live worker starts again.
    await this.#withWorkers(config, scope, ({ pool }) => pool.initialize());
  }

  /**
   * Calls `call_api(prompt, options, context)`, or the function that is named with the script. The function
   * returns a dict with `output` or `error`.
   */
  async callApi(...call: ProviderCall): Promise<ProviderResponse> {
    const [prompt, context, options] = call;
    this.#log.use(context?.logger);
    const scope = this.#workers.begin(options?.abortSignal);
    const config = await this.#resolvedConfig(scope.environment);
    const scriptOptions = this.#scriptOptions(config);
    const args = [prompt, scriptOptions, scriptContext(context)];
    const answer = () => this.#call('call_api', config, args, scope);
    const cache = await openCache(context);
    if (!cache) {
      return fresh((await answer()).result);
    }
    const { path, functionName } = this.#target;
    return this.#cachedCalls.answer(cache, {
      workers: scope.group.workers,
      provider: [path, functionName, scriptOptions],
      inputs: [prompt, ownVars(context?.vars)],
      isBusted: context?.bustCache,
      answer,
    });
  }

  /** Calls `call_embedding_api(prompt, options)`, which returns a dict with `embedding` or `error`. */
  async callEmbeddingApi(...call: ProviderCall): Promise<ProviderEmbeddingResponse> {
    return this.#callPlain('call_embedding_api', call);
  }

  /**
   * Calls `call_classification_api(prompt, options)`, which returns a dict with `classification` or
   * `error`.
   */
  async callClassificationApi(...call: ProviderCall): Promise<ProviderClassificationResponse> {
    return this.#callPlain('call_classification_api', call);
  }

  /** Ends the workers; their calls fail. The next call starts them again. */
  async shutdown(): Promise<void> {
    retryReferences();
    await this.#workers.shutdown();
    await finishWrites();
  }

  /** Called by promptfoo's command line after each evaluation that passes, including each round of `--watch`. */
  async cleanup(): Promise<void> {
    this.#cachedCalls.summarize();
    await this.shutdown();
  }

  async #callPlain(type: ApiType, [prompt, , options]: ProviderCall) {
    const scope = this.#workers.begin(options?.abortSignal);
    const config = await this.#resolvedConfig(scope.environment);
    const args = [prompt, this.#scriptOptions(config)];
    return (await this.#call(type, config, args, scope)).result;
  }

  async #call(
    type: ApiType,
    config: PythonProviderConfig,
    args: unknown[],
    scope: ProviderScope,
  ): Promise<Answer> {
    const functionName = this.#target.functionName ?? type;
    const call = async (workers: Generation) => ({
      workers,
      result: await scope.group.waiting.during(() =>
        workers.execute(functionName, args, { signal: scope.signal }),
      ),
    });
    try {
      const { workers, result } = await unlessHostEnds(() =>
        this.#withWorkers(config, scope, call),
      );
      return { workers, result: checkResult(type, functionName, toLists(result)) };
    } catch (error) {
      throw about(forCell(error, 'provider'), {
        script: this.#target.path,
        function: functionName,
      });
    }
  }

  async #withWorkers<T>(
    config: PythonProviderConfig,
    scope: ProviderScope,
    use: (workers: Generation) => T | Promise<T>,
  ): Promise<T> {
    const { path, name, functionName = 'call_api' } = this.#target;
    const make = (start: Start, waiting: WaitingCalls, option: LoadsOption) => {
      const setting = { script: name, name: 'config.workers', level: 'info' } as const;
      waiting.watch(waitingHint(config, start, setting, this.#log));
      const options = poolOptions(config, start, this.#log);
      return new PythonWorkerPool(path, functionName, { ...options, ...option });
    };
    try {
      return await this.#workers.use(scope, make, use);
    } catch (error) {
      throw inOurWords(error, config);
    }
  }

  /** The second argument of the script's functions. */
  #scriptOptions(config: C): PythonProviderOptions<C> {
    return { ...this.#options, id: this.id(), config };
  }

  #resolvedConfig(environment: CallEnvironment): Promise<C> {
    const resolved = this.#resolved.get(environment.key) ?? this.#resolve(environment);
    this.#resolved.set(environment.key, resolved);
    return resolved;
  }

  async #resolve(environment: CallEnvironment): Promise<C> {
    const given = this.#given ?? this.config;
    // The script itself is not a reference to be resolved.
    const { script, basePath, pool, ...rest } = own(given);
    const unresolved = Object.fromEntries(
      Object.entries({ script, basePath, pool }).filter(([, value]) => value !== undefined),
    );
    try {
      const resolved = await resolveReferences(rest, {
        basePath: basePath ?? '',
        pythonPath: pythonPath(given, environment),
        env: environment.inherited,
        inWords: (error) => inOurWords(error, this.config),
      });
      this.#given = given;
      this.config = { ...(resolved as C), ...unresolved };
      return this.config;
    } catch (error) {
      this.#resolved.delete(environment.key);
      throw forCell(error, 'provider');
    }
  }
}

function readArguments<C extends PythonProviderConfig>(
  ...given: Parameters<typeof readConstruction<C>>
): Construction<C> {
  try {
    return readConstruction(...given);
  } catch (error) {
    throw forCell(error, 'provider');
  }
}
