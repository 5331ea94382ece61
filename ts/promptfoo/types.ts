// What promptfoo hands to a provider and takes from it, as far as this provider looks at it.
// https://www.promptfoo.dev/docs/providers/custom-api/

import type { PythonWorkerPoolOptions } from '../pool/index.js';

/** The `config` of a provider in promptfoo's configuration. The script gets all of it. */
export interface PythonProviderConfig {
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
  pool?: Omit<PythonWorkerPoolOptions, 'workers'>;
  [key: string]: unknown;
}

/** What a provider is constructed with. */
export interface PythonProviderOptions {
  id?: string;
  label?: string;
  config?: PythonProviderConfig;
  env?: Record<string, string | undefined>;
  [key: string]: unknown;
}

/** What promptfoo tells of the test case a call is for. */
export interface CallApiContext {
  vars?: Record<string, unknown>;
  /** The cache of the evaluation. */
  getCache?: () => Cache | Promise<Cache>;
  /** promptfoo's logger. */
  logger?: Partial<Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>>;
  /** Which repetition of the test case it is, from 0. */
  repeatIndex?: number;
  /** W3C trace context of the call: https://www.w3.org/TR/trace-context/ */
  traceparent?: string;
  /** True when a cached result is not to be used. */
  bustCache?: boolean;
  [key: string]: unknown;
}

export interface CallApiOptions {
  /** Aborts the call: its promise rejects with an `AbortError`. */
  abortSignal?: AbortSignal;
  [key: string]: unknown;
}

/** The part of `cache-manager` that is used. */
export interface Cache {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  /** Where it keeps things: a file, or a `Map` when promptfoo's cache is switched off. */
  stores?: readonly { store?: unknown }[];
}

export interface TokenUsage {
  total?: number;
  prompt?: number;
  completion?: number;
  cached?: number;
  numRequests?: number;
  [key: string]: unknown;
}

/** The result of `call_api`: an `output` or an `error`, and what else the script says. */
export interface ProviderResponse {
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
export interface ProviderEmbeddingResponse {
  embedding?: number[];
  error?: string;
  tokenUsage?: TokenUsage;
  [key: string]: unknown;
}

/** The result of `call_classification_api`. */
export interface ProviderClassificationResponse {
  classification?: Record<string, number>;
  error?: string;
  [key: string]: unknown;
}
