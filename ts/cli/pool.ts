// A pool as the options of the command line describe it.

import { statSync } from 'node:fs';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from 'python-worker-pool';
import { CliError } from './errors.js';
import { logger, type Print } from './terminal.js';

/** The options that all commands have. */
export interface CommonOptions {
  python?: string;
  timeout?: number;
  startupTimeout?: number;
  cwd?: string;
  json?: boolean;
  verbose?: boolean;
}

export function poolOptions(options: CommonOptions, print: Print): PythonWorkerPoolOptions {
  const { python, timeout, startupTimeout, cwd, verbose } = options;
  return { pythonPath: python, timeout, startupTimeout, cwd, logger: logger(print, verbose) };
}

/** Checked before Python is started: what is wrong can be said in fewer words then. */
export function requireScript(script: string): void {
  const stat = statSync(script, { throwIfNoEntry: false });
  if (!stat) {
    throw new CliError('ERR_SCRIPT', `There is no script ${script}`);
  }
  if (!stat.isFile()) {
    throw new CliError('ERR_SCRIPT', `The script ${script} is not a file`);
  }
}

/**
 * Runs `body` with an initialized pool and shuts that down, however it ends. An interrupt ends a pool
 * that is not ready yet; after that, `body` has to heed it.
 */
export async function withPool<T>(
  script: string,
  functionName: string,
  options: PythonWorkerPoolOptions,
  interrupt: AbortSignal,
  body: (pool: PythonWorkerPool) => Promise<T>,
): Promise<T> {
  // Only now: it says so where this platform has no addon.
  const { PythonWorkerPool } = await import('python-worker-pool');
  const pool = new PythonWorkerPool(script, functionName, options);
  const stop = () => void pool.shutdown();
  interrupt.addEventListener('abort', stop);
  try {
    await pool.initialize();
    interrupt.removeEventListener('abort', stop);
    return await body(pool);
  } finally {
    interrupt.removeEventListener('abort', stop);
    await pool.shutdown();
  }
}
