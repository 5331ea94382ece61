// promptfoo's Python provider, on this package's pool.

import type { PythonPoolError, PythonWorkerPool } from '../pool/index.js';
import { PythonWorkerPool as Pool } from '../pool/index.js';
import { cacheKey, openCache, ownVars, readCache, writeCache } from './cache.js';
import { scriptContext } from './context.js';
import { environmentWith } from './environment.js';
import type { Generation } from './generation.js';
import { toLists } from './lists.js';
import { Log } from './log.js';
import { readConstruction } from './options.js';
import { poolOptions, pythonPath } from './pool-options.js';
import { resolveReferences } from './references.js';
import { providerRegistry } from './registry.js';
import { type ApiType, cached, checkResult, fresh, hasError, type Result } from './results.js';
import { parseTarget, Script, type Target } from './script.js';
import type {
  CallApiContext,
  CallApiOptions,
  ProviderClassificationResponse,
  ProviderEmbeddingResponse,
  ProviderResponse,
  PythonProviderConfig,
  PythonProviderOptions,
} from './types.js';
import { type Entry, Workers } from './workers.js';

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
 * Arrays of numbers in a result, as those of numpy, are lists for promptfoo.
 *
 * It starts its workers at the first call. When the script has changed since, they are replaced before
 * the next call, and the calls they still run come to their end.
 */
export class PythonProvider {
  /** Shown by promptfoo in place of the id. */
  label: string | undefined;
  /** The configuration; once initialised, with what `file://` references in it refer to. */
  config: PythonProviderConfig;
  readonly #options: PythonProviderOptions;
  readonly #target: Target;
  readonly #script: Script;
  readonly #workers: Workers;
  readonly #log = new Log();
  #resolved: Promise<PythonProviderConfig> | undefined;

  /** As promptfoo constructs the provider of a package. `options.config.script` names the script. */
  constructor(options: PythonProviderOptions);
  /** As promptfoo constructs its own: `new PythonProvider('file://provider.py:function', options)`. */
  constructor(script: string, options?: PythonProviderOptions);
  constructor(first: string | PythonProviderOptions, second?: PythonProviderOptions) {
    const { reference, options } = readConstruction(first, second);
    this.#options = options;
    this.config = options.config ?? {};
    this.label = options.label;
    this.#target = parseTarget(reference, this.config.basePath ?? '');
    this.#script = new Script(this.#target.path);
    this.#workers = new Workers(this, this.#script, this.#log);
  }

  /** The workers, while there are any. */
  get pool(): PythonWorkerPool | null {
    return this.#workers.pool;
  }

  /** The id of the options unless that only names this package; else `python:<script>:<function>`. */
  id(): string {
    const { id } = this.#options;
    if (id && !id.startsWith('package:')) {
      return id;
    }
    return `python:${this.#target.name}:${this.#target.functionName ?? 'default'}`;
  }

  /**
   * Starts the workers, unless they are there, and waits until each has imported the script. Calls do
   * so by themselves. Rejects as {@link PythonWorkerPool.initialize} does, or when a file that the
   * configuration refers to can not be read; then the next call tries again.
   */
  async initialize(): Promise<void> {
    const entry = this.#workers.enter();
    const config = await this.#resolvedConfig();
    // Which starts them again where all were given up.
    await this.#withWorkers(config, entry, ({ pool }) => pool.initialize());
  }

  /**
   * Calls `call_api(prompt, options, context)`, or the function that was named with the script. Its
   * result is a dict with `output` or `error`.
   */
  async callApi(
    prompt: string,
    context?: CallApiContext,
    options?: CallApiOptions,
  ): Promise<ProviderResponse> {
    this.#log.use(context?.logger);
    const entry = this.#workers.enter(options?.abortSignal);
    const config = await this.#resolvedConfig();
    const scriptOptions = this.#scriptOptions(config);
    const dependencies = [prompt, scriptOptions, ownVars(context?.vars)];
    const cache = await openCache(context);
    const key = cache && this.#cacheKey(dependencies, this.#script.version());
    if (cache && key && !context?.bustCache) {
      const known = await readCache(cache, key, this.#log);
      if (known) {
        return cached(known);
      }
    }
    const args = [prompt, scriptOptions, scriptContext(context)];
    const { result, version } = await this.#call('call_api', config, args, entry);
    if (cache && key && !hasError(result)) {
      // Only when it was this version, and no other meanwhile, that gave the result.
      const isOfVersion = key === this.#cacheKey(dependencies, version);
      if (isOfVersion && version === this.#script.version()) {
        await writeCache(cache, key, result, this.#log);
      }
    }
    return fresh(result);
  }

  /** Calls `call_embedding_api(prompt, options)`; its result is a dict with `embedding` or `error`. */
  async callEmbeddingApi(
    prompt: string,
    _context?: CallApiContext,
    options?: CallApiOptions,
  ): Promise<ProviderEmbeddingResponse> {
    return this.#callPlain('call_embedding_api', prompt, options);
  }

  /**
   * Calls `call_classification_api(prompt, options)`; its result is a dict with `classification` or
   * `error`.
   */
  async callClassificationApi(
    prompt: string,
    _context?: CallApiContext,
    options?: CallApiOptions,
  ): Promise<ProviderClassificationResponse> {
    return this.#callPlain('call_classification_api', prompt, options);
  }

  /** Ends the workers; calls that they have fail. The next call starts them again. */
  async shutdown(): Promise<void> {
    await this.#workers.shutdown();
  }

  /** What promptfoo's command line calls when an evaluation is over, as after each round of `--watch`. */
  cleanup(): Promise<void> {
    return this.shutdown();
  }

  async #callPlain(type: ApiType, prompt: string, options: CallApiOptions | undefined) {
    const entry = this.#workers.enter(options?.abortSignal);
    const config = await this.#resolvedConfig();
    const args = [prompt, this.#scriptOptions(config)];
    return (await this.#call(type, config, args, entry)).result;
  }

  async #call(
    type: ApiType,
    config: PythonProviderConfig,
    args: unknown[],
    entry: Entry,
  ): Promise<{ result: Result; version: string | undefined }> {
    const functionName = this.#target.functionName ?? type;
    const call = async (workers: Generation) => ({
      version: workers.version,
      result: await workers.execute(functionName, args, { signal: entry.signal }),
    });
    try {
      const { version, result } = await unlessHostEnds(() =>
        this.#withWorkers(config, entry, call),
      );
      return { version, result: checkResult(type, functionName, toLists(result)) };
    } catch (error) {
      this.#tellWhere(error);
      throw error;
    }
  }

  /** promptfoo shows the message of an error alone. */
  #tellWhere(error: unknown): void {
    const { pythonStack } = error as PythonPoolError;
    if (pythonStack) {
      this.#log.warn(`${this.id()} was here when its time was up:\n${pythonStack}`);
    }
  }

  #withWorkers<T>(
    config: PythonProviderConfig,
    entry: Entry,
    use: (workers: Generation) => T,
  ): Promise<T> {
    const { path, functionName = 'call_api' } = this.#target;
    const make = () => {
      const environment = environmentWith(this.#options.env);
      return new Pool(path, functionName, poolOptions(config, environment, this.#log));
    };
    return this.#workers.use(entry, make, use);
  }

  #cacheKey(dependencies: unknown[], version: string | undefined): string | undefined {
    const { path, functionName } = this.#target;
    return version && cacheKey([path, functionName, version, ...dependencies]);
  }

  /** What a script gets as its second argument. */
  #scriptOptions(config: PythonProviderConfig): PythonProviderOptions {
    return { ...this.#options, id: this.id(), config };
  }

  #resolvedConfig(): Promise<PythonProviderConfig> {
    this.#resolved ??= this.#resolve();
    return this.#resolved;
  }

  async #resolve(): Promise<PythonProviderConfig> {
    // The script is the code, and not what it returns.
    const { script, basePath, pool, ...rest } = this.config;
    const own = Object.fromEntries(
      Object.entries({ script, basePath, pool }).filter(([, value]) => value !== undefined),
    );
    try {
      const resolved = await resolveReferences(rest, {
        basePath: basePath ?? '',
        pythonPath: pythonPath(this.config, environmentWith(this.#options.env)),
      });
      this.config = { ...(resolved as PythonProviderConfig), ...own };
      return this.config;
    } catch (error) {
      this.#resolved = undefined;
      throw error;
    }
  }
}

/**
 * What the call comes to; but nothing while a signal ends the host: the workers are shut down then, and a
 * call that failed by that would be told of, and the next ones would start new workers.
 */
async function unlessHostEnds<T>(call: () => Promise<T>): Promise<T> {
  if (!providerRegistry.isHostEnding) {
    try {
      return await call();
    } catch (error) {
      if (!providerRegistry.isHostEnding) {
        throw error;
      }
    }
  }
  return new Promise(() => {}); // the process ends
}
