// Has a pool in a worker thread, which ends, and one in the main thread, which goes on.
const fs = require('node:fs');
const { Worker } = require('node:worker_threads');
const { PythonWorkerPool } = require('../..');
const { isAlive } = require('./processes.cjs');
const say = require('./say.cjs');

const THREAD = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { PythonWorkerPool } = require(workerData.root);
  const pool = new PythonWorkerPool(workerData.script, 'answer', { logger: {} });
  pool.initialize().then(async () => {
    const call = pool.execute(workerData.state, [workerData.pids]);
    call.catch(() => {});
    if (workerData.state === 'idle') {
      await call;
    }
    parentPort.postMessage('calling');
    if (workerData.ending === 'process.exit') {
      await new Promise((resolve) => parentPort.once('message', resolve));
      process.exit(0);
    }
  });
`;

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

async function main({ script, state, pids, ending }) {
  const pool = new PythonWorkerPool(script, 'answer', { logger: {} });
  await pool.initialize();
  const root = require.resolve('../..');
  const thread = new Worker(THREAD, {
    eval: true,
    workerData: { root, script, state, pids, ending },
  });
  const ended = new Promise((resolve) => thread.on('exit', resolve));
  while (!fs.existsSync(pids)) {
    await pause();
  }
  const [worker, child] = fs.readFileSync(pids, 'utf8').split(' ').map(Number);
  say('pids', [worker, child]);
  if (ending === 'terminate') {
    await thread.terminate();
  } else if (ending === 'process.exit') {
    thread.postMessage('go');
  }
  await ended;
  while (isAlive(worker)) {
    await pause();
  }
  say('gone', await pool.execute('answer', ['still here']));
  await pool.shutdown();
}

main(JSON.parse(process.argv[2]));
