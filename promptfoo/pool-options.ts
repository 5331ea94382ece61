// The options of the pool that a configuration comes to.

import type { PythonWorkerPoolOptions } from 'python-worker-pool';
import { evalCommand } from './command-line.js';
import { type Environment, intOf } from './environment.js';
import type { Log } from './log.js';
import { flagOf, numberOf } from './options.js';
import type { PythonProviderConfig } from './types.js';
import { workerCount } from './worker-count.js';

/** What promptfoo gives a request of any provider, in milliseconds. */
const DEFAULT_TIMEOUT = 300_000;

export function poolOptions(
  { pool, workers, timeout, pythonExecutable, tracing }: PythonProviderConfig,
  environment: Environment,
  log: Log,
): PythonWorkerPoolOptions {
  return {
    logger: log,
    ...pool,
    workers: workerCount(numberOf(workers), environment, evalCommand(), log),
    timeout:
      numberOf(timeout) ??
      pool?.timeout ??
      intOf(environment.REQUEST_TIMEOUT_MS) ??
      DEFAULT_TIMEOUT,
    pythonPath: pythonExecutable || pool?.pythonPath || environment.PROMPTFOO_PYTHON || undefined,
    tracing: flagOf(tracing) ?? pool?.tracing,
  };
}
