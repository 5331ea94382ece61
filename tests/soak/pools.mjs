/** The pools of the soak, and how long they take to close. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { CALL_TIMEOUT_MS } from './kinds.mjs';

const { PythonWorkerPool } = createRequire(import.meta.url)('../..');

const SCRIPT = fileURLToPath(new URL('script.py', import.meta.url));
/** Exceeded by an import only where its worker was stopped. */
const STARTUP_TIMEOUT_MS = 15_000;
/** The chaos may strike any number of times in a row: no pool here is to be given up. */
const ENDLESS = 1_000_000;

/** @param {object} options  beyond those that all have in common */
export function makePool({ directory, temporary }, options) {
  return new PythonWorkerPool(SCRIPT, 'short', {
    timeout: CALL_TIMEOUT_MS,
    startupTimeout: STARTUP_TIMEOUT_MS,
    maxCrashes: ENDLESS,
    cwd: temporary,
    // What is set for our own memory is nothing for the workers.
    env: { ...process.env, GLIBC_TUNABLES: undefined, SOAK_DIRECTORY: directory },
    logger: {},
    ...options,
  });
}

export async function closePool(pool, tally) {
  const start = performance.now();
  await pool.shutdown();
  tally.slowestShutdown = Math.max(tally.slowestShutdown, performance.now() - start);
}
