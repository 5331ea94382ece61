// Opens and closes pools, here or in threads, and tells what of that stays; with --expose-gc.
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

const THREAD = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { PythonWorkerPool } = require(workerData.root);
  const pool = new PythonWorkerPool(workerData.script, 'echo', { logger: {} });
  pool.initialize().then(() => {
    pool.execute('sleep').catch(() => {});
    parentPort.postMessage('calling');
  });
`;

/** A pool that has served a call. */
async function usedPool(script, index) {
  const pool = new PythonWorkerPool(script, 'echo', { logger: {} });
  await pool.initialize();
  if ((await pool.execute('echo', [index])) !== index) {
    throw new Error(`Call ${index} has another value`);
  }
  return pool;
}

const WAYS = {
  async closed(script, index) {
    const pool = await usedPool(script, index);
    await pool.shutdown();
  },
  /** Left to the garbage collector. */
  async dropped(script, index) {
    await usedPool(script, index);
    global.gc();
  },
  /** A thread that is ended in mid-call. */
  async terminated(script) {
    const root = require.resolve('../..');
    const thread = new Worker(THREAD, { eval: true, workerData: { root, script } });
    await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    await thread.terminate();
  },
};

const count = (folder) => fs.readdirSync(folder).length;

/** What the process holds, once it holds no more than `atMost`; or after a while. */
async function usage(atMost) {
  for (let attempt = 0; ; attempt++) {
    global.gc();
    const fds = count('/proc/self/fd');
    const threads = count('/proc/self/task');
    const isFlat = fds <= atMost?.fds && threads <= atMost?.threads;
    if (isFlat || attempt === 100) {
      return { fds, threads, rss: process.memoryUsage.rss() };
    }
    await pause(20);
  }
}

async function main({ script, way, first, more, atOnce }) {
  let index = 0;
  const until = async (end) => {
    while (index < end) {
      index += 1;
      await WAYS[way](script, index);
    }
  };
  const together = (end) => Promise.all(Array.from({ length: atOnce }, () => until(end)));
  await together(first);
  const before = await usage();
  await together(first + more);
  say('usage', { before, after: await usage(before) });
  // The test looks at our children.
  setInterval(() => {}, 1000);
}

main(JSON.parse(process.argv[2]));
