// The options of the pool for a provider's configuration.

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

export function poolOptions(
  config: PythonProviderConfig,
  environment: Environment,
  log: Log,
): PythonWorkerPoolOptions {
  const { workers, timeout, tracing, ...rest } = own(config);
  const pool = rest.pool && own(rest.pool);
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
