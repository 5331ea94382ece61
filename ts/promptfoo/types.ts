// What promptfoo passes to a provider and takes from it, as far as this provider uses it.
// https://www.promptfoo.dev/docs/providers/custom-api/

import type { Environment, Logger, PythonWorkerOptions } from '../pool/index.js';

/** The `config` of a provider in promptfoo's configuration. Further keys are for the script, which gets all. */
export interface PythonProviderConfig {
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
   * `PROMPTFOO_PYTHON_WORKERS`, else promptfoo's concurrency if that is set and known, else 1.
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
export interface PythonProviderOptions<C = PythonProviderConfig> {
  id?: string | null | undefined;
  label?: string | null | undefined;
  config?: C | null | undefined;
  env?: Environment | null | undefined;
}

/** promptfoo's information about the test case of a call. The script receives most of it. */
export interface CallApiContext {
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

export interface CallApiOptions {
  /** Aborts the call: its promise rejects with an `AbortError`. */
  abortSignal?: AbortSignal | null | undefined;
}

/** The parameters of a call. */
export type ProviderCall = [
  prompt: string,
  context?: CallApiContext | null,
  options?: CallApiOptions | null,
];

/** The part of `cache-manager` that is used. */
export interface Cache {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  /** Where values are kept: in a file, or in a `Map` when promptfoo's cache is disabled. */
  stores?: readonly { store?: unknown }[];
}

export type TokenUsage = {
  [K in 'total' | 'prompt' | 'completion' | 'cached' | 'numRequests']?: number;
};

/** The result of `call_api`: an `output` or an `error`, and whatever else the script returns. */
export interface ProviderResponse {
  // biome-ignore lint/suspicious/noExplicitAny: promptfoo's own type.
  output?: any;
  error?: string;
  /** Whether it came from promptfoo's cache. */
  cached?: boolean;
  cost?: number;
  tokenUsage?: TokenUsage;
  // biome-ignore lint/suspicious/noExplicitAny: promptfoo's own type.
  metadata?: Record<string, any>;
}

/** The result of `call_embedding_api`. */
export interface ProviderEmbeddingResponse {
  embedding?: number[];
  error?: string;
  tokenUsage?: TokenUsage;
}

/** The result of `call_classification_api`. */
export interface ProviderClassificationResponse {
  classification?: Record<string, number>;
  error?: string;
}
