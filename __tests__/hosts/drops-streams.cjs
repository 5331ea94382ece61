// Drops streams without leaving them; started with --expose-gc.
const fs = require('node:fs');
const { PythonWorkerPool } = require('../..');
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
}

main(JSON.parse(process.argv[2]));
