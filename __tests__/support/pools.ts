import { PythonWorker, PythonWorkerPool, type PythonWorkerPoolOptions } from '../..';
import { afterTest } from './cleanup';
import { writeScript } from './files';

interface Shutdown {
  shutdown(): Promise<void>;
}

/** Has a pool or worker shut down after the test, whatever happens in it. */
export function shutdownAtEnd<T extends Shutdown>(one: T): T {
  afterTest(() => one.shutdown());
  return one;
}

/** A pool that is not initialized, shut down after the test. Logs nothing unless told to. */
export function newPool(
  script: string,
  options: PythonWorkerPoolOptions = {},
  functionName = 'call_api',
): PythonWorkerPool {
  return shutdownAtEnd(new PythonWorkerPool(script, functionName, { logger: {}, ...options }));
}

/** A worker that is not initialized, shut down after the test. */
export function newWorker(...parameters: ConstructorParameters<typeof PythonWorker>): PythonWorker {
  return shutdownAtEnd(new PythonWorker(...parameters));
}

/**
 * Runs `body` with an initialized pool and shuts the pool down, whatever happens:
 * `await withPool(fixture('echo.py'), { workers: 2 }, async (pool) => { ... })`.
 */
export async function withPool<T>(
  script: string,
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => T | Promise<T>,
): Promise<T> {
  const pool = newPool(script, options);
  try {
    await pool.initialize();
    return await body(pool);
  } finally {
    await pool.shutdown();
  }
}

/** The path of the Python that a pool finds. */
export async function interpreter(): Promise<string> {
  const script = writeScript('import sys\ndef f(): return sys.executable\n');
  return withPool(script, {}, (pool) => pool.execute('f', []));
}
