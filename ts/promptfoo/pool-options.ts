// The options of the pool that a configuration comes to.

import type { PythonWorkerPoolOptions } from '../pool/index.js';
import { evalCommand } from './command-line.js';
import { type Environment, intOf } from './environment.js';
import type { Log } from './log.js';
import { flagOf, numberOf } from './options.js';
import type { PythonProviderConfig } from './types.js';
import { workerCount } from './worker-count.js';

/** What promptfoo gives a request of any provider, in milliseconds. */
const DEFAULT_TIMEOUT = 300_000;

/** Undefined where the pool is to find it. */
export function pythonPath(
  { pool, pythonExecutable }: PythonProviderConfig,
  environment: Environment,
): string | undefined {
  return pythonExecutable || pool?.pythonPath || environment.PROMPTFOO_PYTHON || undefined;
}

export function poolOptions(
  config: PythonProviderConfig,
  environment: Environment,
  log: Log,
): PythonWorkerPoolOptions {
  const { pool, workers, timeout, tracing } = config;
  return {
    logger: log,
    ...pool,
    workers: workerCount(numberOf(workers), environment, evalCommand(), log),
    timeout:
      numberOf(timeout) ??
      pool?.timeout ??
      intOf(environment.REQUEST_TIMEOUT_MS) ??
      DEFAULT_TIMEOUT,
    pythonPath: pythonPath(config, environment),
    tracing: flagOf(tracing) ?? pool?.tracing,
  };
}
