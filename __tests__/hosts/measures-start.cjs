// Starts many workers at once in a large process, and measures how long its event loop is blocked.
const { spawnSync } = require('node:child_process');
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

const GIB = 1024 * 1024 * 1024;

/**
 * Gives this thread, but not its children, priority over all others, so that a blocked loop is
 * blocked by its own work, not by the starting workers. Needs privileges.
 */
function goFirst() {
  const options = ['--reset-on-fork', '--fifo', '--pid', '1', String(process.pid)];
  return spawnSync('chrt', options).status === 0;
}

/** Returns a function that returns the longest time between two turns of the event loop. */
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
  // Filled, so that every page is resident.
  const ballast = Buffer.alloc(gibibytes * GIB, 1);
  const isFirst = goFirst();
  const pool = new PythonWorkerPool(script, 'echo', { workers, logger: {} });
  const finish = watch();
  await pool.initialize();
  const longest = finish();
  const resident = process.memoryUsage.rss() / GIB;
  await pool.shutdown();
  report('measured', { longest, isFirst, resident, ballast: ballast.length / GIB });
}

main(JSON.parse(process.argv[2]));
