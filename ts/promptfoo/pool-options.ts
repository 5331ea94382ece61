// The options of the pool for a provider's configuration.

import { ignoredVariable } from '../pool/environment.js';
import type { Environment, PythonWorkerPoolOptions } from '../pool/index.js';
import { own } from '../pool/own.js';
import { evalCommand } from './command-line.js';
import { intOf } from './environment.js';
import type { Log } from './log.js';
import { flagOf, numberOf } from './options.js';
import type { PythonProviderConfig } from './types.js';
import { workerCount } from './worker-count.js';

/** promptfoo's default for requests of any provider, in milliseconds. */
const DEFAULT_TIMEOUT = 300_000;

/** The interpreter; undefined to let the pool find it. */
export function pythonPath(
  config: PythonProviderConfig,
  environment: Environment,
): string | undefined {
  const { pool, pythonExecutable } = own(config);
  const named = pool && own(pool).pythonPath;
  return pythonExecutable || named || environment.PROMPTFOO_PYTHON || undefined;
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

/** @param defaultTimeout the timeout of calls for which neither the configuration nor the environment has one */

export function poolOptions(
  config: PythonProviderConfig,
  environment: Environment,
  log: Log,
  defaultTimeout = DEFAULT_TIMEOUT,
): PythonWorkerPoolOptions {
  const { workers, concurrencyPerWorker, timeout, tracing, ...rest } = own(config);
  const pool = rest.pool && own(rest.pool);
  warnOfMisplaced(rest, log);
  return {
    logger: log,
    ...pool,
    workers: workerCount(numberOf(workers), environment, evalCommand(), log),
    concurrencyPerWorker: numberOf(concurrencyPerWorker) ?? pool?.concurrencyPerWorker,
    timeout:
      numberOf(timeout) ??
      pool?.timeout ??
      timeoutFrom(environment.REQUEST_TIMEOUT_MS, defaultTimeout, log),
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
};

/** Any key may be for the script, so these are no errors. */
function warnOfMisplaced(config: object, log: Log): void {
  for (const [name, key] of Object.entries(MISPLACED)) {
    if (Object.hasOwn(config, name)) {
      log.warn(
        `\`config.${name}\` only goes to the script. To set the option, write \`config.${key}\`.`,
      );
    }
  }
}
