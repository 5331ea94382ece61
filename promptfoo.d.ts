/// <reference lib="esnext.disposable" />
/* Written by `npm run build` from the sources in `ts`. */

import { PythonWorkerPool, PythonWorkerPoolOptions } from "./index.js";

// ts/promptfoo/environment.d.ts
/**
* A whole number from the environment, as promptfoo reads them: `defaultValue` where the variable is
* absent, empty, or does not begin with a number.
*/
declare function getEnvInt(key: string): number | undefined;
declare function getEnvInt(key: string, defaultValue: number): number;
/** The `config` of a provider in promptfoo's configuration. The script gets all of it. */
interface PythonProviderConfig {
  /**
  * The Python script: `provider.py`, `file://provider.py` or, with a function of its own,
  * `provider.py:function`. Relative to `basePath`.
  */
  script?: string;
  /** Folder that relative paths start from. promptfoo says it; default: the working directory. */
  basePath?: string;
  /**
  * Number of worker processes. Default: the environment's `PROMPTFOO_PYTHON_WORKERS`, else `-j` of
  * the `promptfoo eval` that runs this, else 1. Less than 1 is taken as 1, with a warning.
  */
  workers?: number | string;
  /** Bound on one call in milliseconds. Default: the environment's `REQUEST_TIMEOUT_MS`, else 300 000. */
  timeout?: number | string;
  /** Python interpreter. Default: the environment's `PROMPTFOO_PYTHON`, else as the pool finds one. */
  pythonExecutable?: string;
  /**
  * Whether each call is an OpenTelemetry span. Default: what `PROMPTFOO_ENABLE_OTEL` in the
  * environment says.
  */
  tracing?: boolean | string;
  /** Further options of the pool, by name. */
  pool?: Omit<PythonWorkerPoolOptions, "workers">;
  [key: string]: unknown;
}
/** What a provider is constructed with. */
interface PythonProviderOptions {
  id?: string;
  label?: string;
  config?: PythonProviderConfig;
  env?: Record<string, string | undefined>;
  [key: string]: unknown;
}
/** What promptfoo tells of the test case a call is for. */
interface CallApiContext {
  vars?: Record<string, unknown>;
  /** The cache of the evaluation. */
  getCache?: () => Cache | Promise<Cache>;
  /** promptfoo's logger. */
  logger?: Partial<Record<"debug" | "info" | "warn" | "error", (message: string) => void>>;
  /** Which repetition of the test case it is, from 0. */
  repeatIndex?: number;
  /** W3C trace context of the call: https://www.w3.org/TR/trace-context/ */
  traceparent?: string;
  /** True when a cached result is not to be used. */
  bustCache?: boolean;
  [key: string]: unknown;
}
interface CallApiOptions {
  /** Aborts the call: its promise rejects with an `AbortError`. */
  abortSignal?: AbortSignal;
  [key: string]: unknown;
}
/** The part of `cache-manager` that is used. */
interface Cache {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  /** Where it keeps things: a file, or a `Map` when promptfoo's cache is switched off. */
  stores?: readonly {
    store?: unknown;
  }[];
}
interface TokenUsage {
  total?: number;
  prompt?: number;
  completion?: number;
  cached?: number;
  numRequests?: number;
  [key: string]: unknown;
}
/** The result of `call_api`: an `output` or an `error`, and what else the script says. */
interface ProviderResponse {
  output?: unknown;
  error?: string;
  tokenUsage?: TokenUsage;
  cost?: number;
  /** Whether it came from promptfoo's cache. */
  cached?: boolean;
  metadata?: Record<string, unknown>;
  [key: string]: unknown;
}
/** The result of `call_embedding_api`. */
interface ProviderEmbeddingResponse {
  embedding?: number[];
  error?: string;
  tokenUsage?: TokenUsage;
  [key: string]: unknown;
}
/** The result of `call_classification_api`. */
interface ProviderClassificationResponse {
  classification?: Record<string, number>;
  error?: string;
  [key: string]: unknown;
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
* Arrays of numbers in a result, as those of numpy, are lists for promptfoo.
*
* It starts its workers at the first call. When the script has changed since, they are replaced before
* the next call, and the calls they still run come to their end.
*/
declare class PythonProvider {
  #private;
  /** Shown by promptfoo in place of the id. */
  label: string | undefined;
  /** The configuration; once initialised, with what `file://` references in it refer to. */
  config: PythonProviderConfig;
  /** As promptfoo constructs the provider of a package. `options.config.script` names the script. */
  constructor(options: PythonProviderOptions);
  /** As promptfoo constructs its own: `new PythonProvider('file://provider.py:function', options)`. */
  constructor(script: string, options?: PythonProviderOptions);
  /** The workers, while there are any. */
  get pool(): PythonWorkerPool | null;
  /** The id of the options unless that only names this package; else `python:<script>:<function>`. */
  id(): string;
  /**
  * Starts the workers, unless they are there, and waits until each has imported the script. Calls do
  * so by themselves. Rejects as {@link PythonWorkerPool.initialize} does, or when a file that the
  * configuration refers to can not be read; then the next call tries again.
  */
  initialize(): Promise<void>;
  /**
  * Calls `call_api(prompt, options, context)`, or the function that was named with the script. Its
  * result is a dict with `output` or `error`.
  */
  callApi(prompt: string, context?: CallApiContext, options?: CallApiOptions): Promise<ProviderResponse>;
  /** Calls `call_embedding_api(prompt, options)`; its result is a dict with `embedding` or `error`. */
  callEmbeddingApi(prompt: string, _context?: CallApiContext, options?: CallApiOptions): Promise<ProviderEmbeddingResponse>;
  /**
  * Calls `call_classification_api(prompt, options)`; its result is a dict with `classification` or
  * `error`.
  */
  callClassificationApi(prompt: string, _context?: CallApiContext, options?: CallApiOptions): Promise<ProviderClassificationResponse>;
  /** Ends the workers; calls that they have fail. The next call starts them again. */
  shutdown(): Promise<void>;
  /** What promptfoo's command line calls when an evaluation is over, as after each round of `--watch`. */
  cleanup(): Promise<void>;
}
/** Something with workers. */
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
/** The one registry of the process. */
declare const providerRegistry: Registry;
export { type CallApiContext, type CallApiOptions, type ProviderClassificationResponse, type ProviderEmbeddingResponse, type ProviderResponse, PythonProvider, type PythonProviderConfig, type PythonProviderOptions, type TokenUsage, getEnvInt, providerRegistry };