/// <reference lib="esnext.disposable" />
/* Written by `npm run build` from the sources in `ts`. */

import { Environment, Logger, PythonWorkerOptions, PythonWorkerPool } from './index.js';

// ts/promptfoo/environment.d.ts
/**
 * An integer from the environment, as promptfoo reads it. Returns `defaultValue` if the variable is absent,
 * empty, or does not begin with a number.
 */
declare function getEnvInt(key: string): number | undefined;
declare function getEnvInt(key: string, defaultValue: number): number;
/** The `config` of a provider in promptfoo's configuration. Further keys are for the script, which gets all. */
interface PythonProviderConfig {
  /**
   * The Python script: `provider.py`, `file://provider.py` or, with a function of its own,
   * `provider.py:function`. Relative to `basePath`.
   */
  script?: string | null | undefined;
  /** Folder that relative paths start from. promptfoo sets it. Default: the working directory. */
  basePath?: string | null | undefined;
  /** Python interpreter. Default: the environment's `PROMPTFOO_PYTHON`, else the one that the pool finds. */
  pythonExecutable?: string | null | undefined;
  /** Whether each call is an OpenTelemetry span. Default: the environment's `PROMPTFOO_ENABLE_OTEL`. */
  tracing?: boolean | string | null | undefined;
  /**
   * Number of worker processes; a number below 1 counts as 1, with a warning. Default: the environment's
   * `PROMPTFOO_PYTHON_WORKERS`, else `-j` of the running `promptfoo eval`, else 1.
   */
  workers?: number | string | null | undefined;
  /**
   * How many calls of an `async def` function may run in one worker at the same time, from 1 to 1024. Default: 1,
   * because a script may rely on that.
   */
  concurrencyPerWorker?: number | string | null | undefined;
  /** Limit on one call in milliseconds. Default: the environment's `REQUEST_TIMEOUT_MS`, else 300 000. */
  timeout?: number | string | null | undefined;
  /** Further options of the pool. */
  pool?: PythonWorkerOptions | null | undefined;
}
/** The options of a provider. Its `config` may have any further keys: the script receives them all. */
interface PythonProviderOptions<C = PythonProviderConfig> {
  id?: string | null | undefined;
  label?: string | null | undefined;
  config?: C | null | undefined;
  env?: Environment | null | undefined;
}
/** promptfoo's information about the test case of a call. The script receives most of it. */
interface CallApiContext {
  vars?: Record<string, unknown> | undefined;
  prompt?: unknown;
  test?: unknown;
  /** Whether to ignore a cached result. */
  bustCache?: boolean | undefined;
  testIdx?: number | undefined;
  promptIdx?: number | undefined;
  /** Which repetition of the test case this is, from 0. */
  repeatIndex?: number | undefined;
  /** W3C trace context of the call: https://www.w3.org/TR/trace-context/ */
  traceparent?: string | undefined;
  evaluationId?: string | undefined;
  testCaseId?: string | undefined;
  /** The cache of the evaluation. */
  getCache?: (() => Cache | Promise<Cache>) | undefined;
  /** promptfoo's logger. */
  logger?: { [L in keyof Logger]?: (message: string) => void } | undefined;
}
interface CallApiOptions {
  /** Aborts the call: its promise rejects with an `AbortError`. */
  abortSignal?: AbortSignal | null | undefined;
}
/** The parameters of a call. */
type ProviderCall = [
  prompt: string,
  context?: CallApiContext | null,
  options?: CallApiOptions | null,
];
/** The part of `cache-manager` that is used. */
interface Cache {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  /** Where values are kept: in a file, or in a `Map` when promptfoo's cache is disabled. */
  stores?: readonly {
    store?: unknown;
  }[];
}
type TokenUsage = { [K in 'total' | 'prompt' | 'completion' | 'cached' | 'numRequests']?: number };
/** The result of `call_api`: an `output` or an `error`, and whatever else the script returns. */
interface ProviderResponse {
  output?: any;
  error?: string;
  /** Whether it came from promptfoo's cache. */
  cached?: boolean;
  cost?: number;
  tokenUsage?: TokenUsage;
  metadata?: Record<string, any>;
}
/** The result of `call_embedding_api`. */
interface ProviderEmbeddingResponse {
  embedding?: number[];
  error?: string;
  tokenUsage?: TokenUsage;
}
/** The result of `call_classification_api`. */
interface ProviderClassificationResponse {
  classification?: Record<string, number>;
  error?: string;
}
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
 * The workers start with the first call. When the script has changed, they are replaced before the next call;
 * calls that are still running finish first.
 */
declare class PythonProvider<C extends PythonProviderConfig = PythonProviderConfig> {
  #private;
  /** Shown by promptfoo instead of the id. */
  label?: string;
  /** The configuration; once initialized, with its `file://` references resolved. */
  config: C;
  /** The form that promptfoo uses for the provider of a package. `options.config.script` is the script. */
  constructor(options: PythonProviderOptions<C>);
  /** The form of promptfoo's own provider: `new PythonProvider('file://provider.py:function', options)`. */
  constructor(script: string, options?: PythonProviderOptions<C> | null);
  /** The pool of the workers, while there are any. */
  get pool(): PythonWorkerPool | null;
  /** The id in the options, unless that only names this package; else `python:<script>:<function>`. */
  id(): string;
  /**
   * Starts the workers, unless they are running, and waits until each has imported the script. Optional:
   * calls do so too. Rejects like {@link PythonWorkerPool.initialize}, or if a file that the configuration
   * refers to cannot be read; the next call then tries again.
   */
  initialize(): Promise<void>;
  /**
   * Calls `call_api(prompt, options, context)`, or the function that is named with the script. The function
   * returns a dict with `output` or `error`.
   */
  callApi(...call: ProviderCall): Promise<ProviderResponse>;
  /** Calls `call_embedding_api(prompt, options)`, which returns a dict with `embedding` or `error`. */
  callEmbeddingApi(...call: ProviderCall): Promise<ProviderEmbeddingResponse>;
  /**
   * Calls `call_classification_api(prompt, options)`, which returns a dict with `classification` or
   * `error`.
   */
  callClassificationApi(...call: ProviderCall): Promise<ProviderClassificationResponse>;
  /** Ends the workers; their calls fail. The next call starts them again. */
  shutdown(): Promise<void>;
  /** Called by promptfoo's command line after each evaluation, including each round of `--watch`. */
  cleanup(): Promise<void>;
}
/** An owner of workers. */
interface Closable {
  /** Ends them. */
  shutdown(): Promise<unknown>;
}
/** The providers that have workers. */
interface Registry {
  readonly providers: Set<Closable>;
  /** Whether the host is about to end because of a signal. */
  isHostEnding: boolean;
  register(provider: Closable): void;
  unregister(provider: Closable): void;
  /** Shuts down all providers, and resolves when all are; failures are reported as warnings. */
  shutdownAll(): Promise<void>;
}
/** The registry of this process. */
declare const providerRegistry: Registry;
export {
  type Cache,
  type CallApiContext,
  type CallApiOptions,
  type Closable,
  type ProviderCall,
  type ProviderClassificationResponse,
  type ProviderEmbeddingResponse,
  type ProviderResponse,
  PythonProvider,
  type PythonProviderConfig,
  type PythonProviderOptions,
  type TokenUsage,
  getEnvInt,
  providerRegistry,
};
