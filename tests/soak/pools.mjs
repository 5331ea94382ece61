/** Creates and closes the pools of the soak, and records how long closing takes. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BATCHED, CALL_TIMEOUT_MS } from './kinds.mjs';

const { PythonWorkerPool } = createRequire(import.meta.url)('../..');

const SCRIPT = fileURLToPath(new URL('script.py', import.meta.url));
/** An import exceeds this only if its worker was stopped. */
const STARTUP_TIMEOUT_MS = 15_000;
/** The chaos may strike any number of times in a row, so no pool may give up on a worker. */
const ENDLESS = 1_000_000;

/** @param {object} options  in addition to those that all pools share */
export function makePool({ directory, temporary }, options) {
  return new PythonWorkerPool(SCRIPT, 'short', {
    timeout: CALL_TIMEOUT_MS,
    startupTimeout: STARTUP_TIMEOUT_MS,
    maxCrashes: ENDLESS,
    batch: BATCHED,
    cwd: temporary,
    // The settings for the host's memory are not meant for the workers.
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
