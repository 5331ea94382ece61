/** The pool of this checkout, or of the built checkout in the folder `package`. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** Drops warnings: a benchmark has more workers than the pool recommends. */
const logger = { debug() {}, info() {}, warn() {}, error: console.error };

export async function start({ script, python, workers = 1, package: folder = '../..' }) {
  const { PythonWorkerPool } = require(folder);
  const pool = new PythonWorkerPool(script, 'echo', { workers, pythonPath: python, logger });
  await pool.initialize();
  return {
    call: (name, ...args) => pool.execute(name, args),
    stop: () => pool.shutdown(),
  };
}
