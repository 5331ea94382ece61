import { PythonWorker, PythonWorkerPool, type PythonWorkerPoolOptions, type Script } from '../..';
import { afterTest } from './cleanup';
import { withEnvironment } from './environment';
import { fixture, writeScript } from './files';
import { gate } from './gate';

interface Shutdown {
  shutdown(): Promise<void>;
}

/** Shuts down a pool or worker after the test, whatever happens in it. */
export function shutdownAtEnd<T extends Shutdown>(one: T): T {
  afterTest(() => one.shutdown());
  return one;
}

/** A pool that is not initialized, and is shut down after the test. Logs nothing by default. */
export function newPool(
  script: Script,
  options: PythonWorkerPoolOptions = {},
  functionName = 'call_api',
): PythonWorkerPool {
  return shutdownAtEnd(new PythonWorkerPool(script, functionName, { logger: {}, ...options }));
}

/** A worker that is not initialized, and is shut down after the test. */
export function newWorker(...parameters: ConstructorParameters<typeof PythonWorker>): PythonWorker {
  return shutdownAtEnd(new PythonWorker(...parameters));
}

/**
 * Runs `body` with an initialized pool and shuts the pool down, whatever happens:
 * `await withPool(fixture('echo.py'), { workers: 2 }, async (pool) => { ... })`.
 */
export async function withPool<T>(
  script: Script,
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

/** A pool whose workers wait at a gate in their import. */
export async function startingPool(
  workers = 1,
  options: PythonWorkerPoolOptions = {},
): Promise<{
  pool: PythonWorkerPool;
  start: Promise<void>;
  pids: number[];
  open: () => void;
}> {
  const door = gate();
  const pool = newPool(fixture('waits_in_import.py'), { ...options, workers });
  const start = withEnvironment({ TEST_GATE: door.path }, () => pool.initialize());
  // Handled here, so that the test may await it later.
  start.catch(() => {});
  return { pool, start, pids: await door.reached(workers), open: door.open };
}

/**
 * A pool of one worker for all tests of a file. After each of them it must still be the same
 * process, whatever a test did. The script needs a function `pid`.
 */
export function sharedPool(script: string): Pick<PythonWorkerPool, 'execute'> {
  const pool = new PythonWorkerPool(script, 'pid', { logger: {} });
  let pid: number;
  beforeAll(async () => {
    await pool.initialize();
    pid = await pool.execute();
  });
  afterAll(() => pool.shutdown());
  afterEach(async () => {
    expect(await pool.execute()).toBe(pid);
  });
  return pool;
}

/** The path of the Python that a pool finds: the interpreter itself, not a shim for it. */
export async function interpreter(): Promise<string> {
  const script = writeScript('import sys\ndef f(): return sys.executable\n');
  return withPool(script, {}, (pool) => pool.execute('f', []));
}
