/// <reference lib="esnext.disposable" />
/* Written by `npm run build` from the sources in `ts`. */

import {
  CallOptions,
  Environment,
  Logger,
  PythonWorkerOptions,
  PythonWorkerPool,
} from './index.js';

// ts/promptfoo/assertions.d.ts
/** promptfoo's information about an assertion. The script receives all of it but our keys of `config`. */
interface AssertContext {
  vars?: Record<string, unknown> | undefined;
  config?: Record<string, any> | undefined;
}
/** A result in detail. */
interface GradingResult {
  pass: boolean;
  score: number;
  reason: string;
  namedScores?: Record<string, number>;
  componentResults?: GradingResult[];
  metadata?: Record<string, any>;
}
/**
 * An assertion in Python:
 *
 * ```yaml
 * assert:
 *   - type: python
 *     value: package:python-worker-pool:pythonAssert
 *     config:
 *       script: checks.py
 *       function: is_polite # by default get_assert
 * ```
 *
 * `config` may have `workers` and `concurrencyPerWorker`, too. All functions of a script share its workers. If the
 * function raises, the assertion fails, negated or not, and its reason has the traceback.
 */
declare function pythonAssert(
  output: any,
  context: AssertContext,
): Promise<boolean | number | GradingResult>;
/**
 * An integer from the environment, as promptfoo reads it. Returns `defaultValue` if the variable is absent,
 * empty, or does not begin with a number.
 */
declare function getEnvInt(key: string): number | undefined;
declare function getEnvInt(key: string, defaultValue: number): number;
/** The functions of a script by name. Callable too, for references without a name. */
interface Functions {
  (...args: any[]): Promise<any>;
  readonly [name: string]: (...args: any[]) => Promise<any>;
}
/**
 * The functions of a script by name, for promptfoo's prompts, tests, transforms, extensions, variables, scoring,
 * assertions, tools and authentication. Put it into a CommonJS file beside the script, and name that file in the
 * configuration:
 *
 * ```js
 * // checks.cjs
 * module.exports = require('python-worker-pool/promptfoo').functions('checks.py', __dirname);
 * ```
 *
 * Called itself, it calls the function that promptfoo calls where none is named, such as `get_assert`, or the one that
 * is named with the script. All functions of a script share its workers.
 *
 * @param script The script: `checks.py`, `file://checks.py` or `checks.py:function`.
 * @param directory Folder that a relative path starts from. Default: the working directory.
 */
declare function functions(script: string, directory?: string | null): Functions;
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
 * The workers start with the first call. When the script, or a module of its project that it has imported, has
 * changed, they are replaced before the next call; calls that are still running finish first.
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
   * refers to cannot be read. Called again, it makes another attempt at once; after a failed start, a call only does so
   * once the script has changed, or some seconds have passed.
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
  /** Called by promptfoo's command line after each evaluation that passes, including each round of `--watch`. */
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
/**
 * Calls one function of a script, in the workers that all functions of that script share. A relative path starts
 * from the working directory.
 *
 * Rejects with a {@link PythonPoolError}; if `signal` is aborted, with the signal's reason itself.
 */
declare function runPython(
  script: string,
  functionName: string,
  args: readonly unknown[],
  options?: Pick<CallOptions, 'signal'> | null,
): Promise<any>;
export {
  type AssertContext,
  type Cache,
  type CallApiContext,
  type CallApiOptions,
  type Closable,
  type Functions,
  type GradingResult,
  type ProviderCall,
  type ProviderClassificationResponse,
  type ProviderEmbeddingResponse,
  type ProviderResponse,
  PythonProvider,
  type PythonProviderConfig,
  type PythonProviderOptions,
  type TokenUsage,
  functions,
  getEnvInt,
  providerRegistry,
  pythonAssert,
  runPython,
};
