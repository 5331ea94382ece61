// Drops streams without leaving them, one with its pool; started with --expose-gc.
const fs = require('node:fs');
const { PythonWorkerPool } = require('../..');
const { isAlive } = require('./processes.cjs');
const report = require('./report.cjs');

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

/** Returns no reference to the stream. */
async function dropRead(pool, file) {
  const stream = pool.stream('endless', [file], { highWaterMark: 2 });
  await stream.next();
}

/** Returns no references but the promises for an item and for the result. */
function dropAwaited(pool, gate, file) {
  const stream = pool.stream('wait_after', [0, gate, file]);
  return [stream.next(), pool.stream('wait_after', [0, gate, file]).result];
}

/** Returns the pid of the worker of a pool to which nothing refers any more but a signal of its stream. */
async function dropWithPool(script, file, signal) {
  const pool = new PythonWorkerPool(script, 'pid', { logger: {} });
  await pool.initialize();
  const pid = await pool.execute('pid');
  const stream = pool.stream('endless', [file], { highWaterMark: 2, signal });
  stream.result; // which is not awaited
  await stream.next();
  return pid;
}

async function main({ script, file, gate }) {
  const options = { logger: {}, threadsPerWorker: 4 };
  const pool = new PythonWorkerPool(script, 'pid', options);
  await pool.initialize();
  report('pid', await pool.execute('pid'));
  const awaited = Promise.all(dropAwaited(pool, gate, `${file}.awaited`));
  await dropRead(pool, file);
  while (!fs.existsSync(file)) {
    global.gc();
    await pause();
  }
  for (let time = 0; time < 10; time++) {
    global.gc();
    await pause();
  }
  report('collected');
  report('awaited', await awaited);
  await pool.shutdown();
  const controller = new AbortController();
  const pid = await dropWithPool(script, `${file}.pool`, controller.signal);
  report('dropped', pid);
  while (isAlive(pid)) {
    global.gc();
    await pause();
  }
  report('ended', controller.signal.aborted);
}

main(JSON.parse(process.argv[2]));
