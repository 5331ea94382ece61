// Pools for the commands.

import type { PythonWorkerPool, PythonWorkerPoolOptions, Script } from 'python-worker-pool';
import type { ScriptOptions } from './script.js';
import { logger, type Print } from './terminal.js';

/** Options of all commands. */
export interface CommonOptions extends ScriptOptions {
  python?: string;
  timeout?: number;
  startupTimeout?: number;
  nan?: 'error' | 'null';
  json?: boolean;
  verbose?: boolean;
}

export function poolOptions(options: CommonOptions, print: Print): PythonWorkerPoolOptions {
  const { python, timeout, startupTimeout, cwd, nan, verbose } = options;
  return { pythonPath: python, timeout, startupTimeout, cwd, nan, logger: logger(print, verbose) };
}

/**
 * Runs `body` with an initialized pool, and shuts the pool down afterwards. An interrupt ends a pool that is
 * still starting; after that, `body` must handle it.
 */
export async function withPool<T>(
  script: Script,
  functionName: string,
  options: PythonWorkerPoolOptions,
  interrupt: AbortSignal,
  body: (pool: PythonWorkerPool) => Promise<T>,
): Promise<T> {
  // Loaded on demand: it throws on a platform without an addon.
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
