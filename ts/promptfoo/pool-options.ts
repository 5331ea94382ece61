// The options of the pool for a provider's configuration.

import { DEFAULT_TIMEOUT as DEFAULT_STARTUP_TIMEOUT, PROMPTFOO } from '../pool/defaults.js';
import { ignoredVariable } from '../pool/environment.js';
import type { PythonWorkerPoolOptions } from '../pool/index.js';
import { own } from '../pool/own.js';
import { type CallEnvironment, intOf } from './environment.js';
import type { Log } from './log.js';
import { flagOf, numberOf } from './options.js';
import type { PythonProviderConfig } from './types.js';
import { type Start, workerCount } from './worker-count.js';

/** promptfoo's default for requests of any provider, in milliseconds. */
const DEFAULT_TIMEOUT = 300_000;

/** The interpreter; undefined to let the pool find it. */
export function pythonPath(
  config: PythonProviderConfig,
  environment: CallEnvironment,
): string | undefined {
  const { pool, pythonExecutable } = own(config);
  const named = pool && own(pool).pythonPath;
  return pythonExecutable || named || environment.get('PROMPTFOO_PYTHON') || undefined;
}

/** promptfoo's timeout for requests. */
function timeoutFrom(text: string | undefined, otherwise: number, log: Log): number {
  const value = intOf(text);
  if (text && !(value && value > 0)) {
    log.warn(ignoredVariable('REQUEST_TIMEOUT_MS', text));
    return otherwise;
  }
  return value ?? otherwise;
}

/**
 * The limit on imports; undefined where the pool itself reads the same variable. It is not among those of one
 * invocation, which the pool does not know.
 */
function startupTimeout(environment: CallEnvironment, log: Log): number | undefined {
  const variable = PROMPTFOO.startupTimeoutVariable;
  const text = environment.get(variable);
  if (text === process.env[variable]) {
    return undefined;
  }
  const value = Number(text);
  if (text && !(value > 0)) {
    log.warn(ignoredVariable(variable, text));
  }
  return value > 0 ? value : DEFAULT_STARTUP_TIMEOUT;
}

/** @param defaultTimeout the timeout of calls for which neither the configuration nor the environment has one */
export function poolOptions(
  config: PythonProviderConfig,
  start: Start,
  log: Log,
  defaultTimeout = DEFAULT_TIMEOUT,
): PythonWorkerPoolOptions {
  const { workers, concurrencyPerWorker, timeout, tracing, ...rest } = own(config);
  const { environment } = start;
  const pool = rest.pool && own(rest.pool);
  warnOfMisplaced(rest, log);
  return {
    logger: log,
    ...pool,
    workers: workerCount({ workers }, start, log),
    concurrencyPerWorker: numberOf(concurrencyPerWorker) ?? pool?.concurrencyPerWorker,
    timeout:
      numberOf(timeout) ??
      pool?.timeout ??
      timeoutFrom(environment.get('REQUEST_TIMEOUT_MS'), defaultTimeout, log),
    startupTimeout: pool?.startupTimeout ?? startupTimeout(environment, log),
    env: pool?.env ?? environment.inherited,
    pythonPath: pythonPath(config, environment),
    tracing: flagOf(tracing) ?? pool?.tracing,
  };
}

/** Options of the pool whose names say what they are for: a script has no use for them. */
const MISPLACED = {
  pythonPath: 'pythonExecutable',
  startupTimeout: 'pool.startupTimeout',
  queueTimeout: 'pool.queueTimeout',
  maxQueue: 'pool.maxQueue',
  maxCrashes: 'pool.maxCrashes',
  maxPayload: 'pool.maxPayload',
  extraEnv: 'pool.extraEnv',
  pythonArgs: 'pool.pythonArgs',
  threadsPerWorker: 'pool.threadsPerWorker',
  keepInterruptedWorker: 'pool.keepInterruptedWorker',
};

/** Any key may be for the script, so these are not errors. */
function warnOfMisplaced(config: object, log: Log): void {
  for (const [name, key] of Object.entries(MISPLACED)) {
    if (Object.hasOwn(config, name)) {
      log.warn(
        `\`config.${name}\` only goes to the script. To set the option, write \`config.${key}\`.`,
      );
    }
  }
}
