// Pools for the commands.

import { statSync } from 'node:fs';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from 'python-worker-pool';
import { CliError } from './errors.js';
import { logger, type Print } from './terminal.js';

/** Options of all commands. */
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

/** Checks the script before Python starts, which allows for a shorter message. */
export function requireScript(script: string): void {
  const stat = statSync(script, { throwIfNoEntry: false });
  if (!stat) {
    throw new CliError('ERR_SCRIPT', `The script ${script} does not exist`);
  }
  if (!stat.isFile()) {
    const kind = stat.isDirectory() ? 'a folder' : 'not a file';
    throw new CliError('ERR_SCRIPT', `The script ${script} is ${kind}. Name a Python file.`);
  }
}

/**
 * Runs `body` with an initialized pool, and shuts the pool down afterwards. An interrupt ends a pool that is
 * still starting; after that, `body` must handle it.
 */
export async function withPool<T>(
  script: string,
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
