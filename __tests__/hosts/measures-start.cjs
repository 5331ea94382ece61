// A large process that starts many workers at once, and measures how long its event loop stands still.
const { spawnSync } = require('node:child_process');
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

const GIB = 1024 * 1024 * 1024;

/**
 * Lets this thread, and nothing it starts, go before all others: what stands still then does so by
 * its own doing, and not because the workers that start have the processors. Needs rights.
 */
function goFirst() {
  const options = ['--reset-on-fork', '--fifo', '--pid', '1', String(process.pid)];
  return spawnSync('chrt', options).status === 0;
}

/** Returns a function that tells of the longest time between two turns of the event loop. */
function watch() {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  return () => {
    look();
    clearInterval(timer);
    return longest;
  };
}

async function main({ script, workers, gibibytes }) {
  // Filled, so that every page is there.
  const ballast = Buffer.alloc(gibibytes * GIB, 1);
  const isFirst = goFirst();
  const pool = new PythonWorkerPool(script, 'echo', { workers, logger: {} });
  const finish = watch();
  await pool.initialize();
  const longest = finish();
  const resident = process.memoryUsage.rss() / GIB;
  await pool.shutdown();
  say('measured', { longest, isFirst, resident, ballast: ballast.length / GIB });
}

main(JSON.parse(process.argv[2]));
