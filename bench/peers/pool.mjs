/** The pool of this checkout, or of the one that is built in the folder `package`. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** Tests and benchmarks have more workers than a user would want. */
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
