/** The pool of this checkout, or of the built checkout in the folder `package`. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** Drops warnings: a benchmark has more workers than the pool recommends. */
const logger = { debug() {}, info() {}, warn() {}, error: console.error };

/** @param {object} settings  `places`: options of the pool, such as `concurrencyPerWorker` */
export async function start({ script, python, workers = 1, package: folder = '../..', places }) {
  const { PythonWorkerPool } = require(folder);
  const options = { workers, pythonPath: python, logger };
  const pool = makePool(
    (more) => new PythonWorkerPool(script, 'echo', { ...options, ...more }),
    places,
  );
  await pool.initialize();
  return {
    call: (name, ...args) => pool.execute(name, args),
    stream: (name, ...args) => pool.stream(name, args),
    stop: () => pool.shutdown(),
  };
}

/** An older checkout may not know these options: there a worker runs one call at a time. */
function makePool(make, places) {
  try {
    return make(places);
  } catch (error) {
    if (!places || !/^Unknown option/.test(error.message)) throw error;
    return make();
  }
}
