// Starts many workers at once in a large process, and measures how long its event loop is blocked. Meanwhile another
// process measures the same of a loop with nothing to do.
const { fork } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');
const { PythonWorkerPool } = require('../..');
const watch = require('./longest-turn.cjs');
const report = require('./report.cjs');

const GIB = 1024 * 1024 * 1024;

async function main({ script, workers, gibibytes }) {
  const bystander = fork(join(__dirname, 'longest-turn.cjs'));
  await once(bystander, 'message');
  // Filled, so that every page is resident.
  const ballast = Buffer.alloc(gibibytes * GIB, 1);
  const pool = new PythonWorkerPool(script, 'echo', { workers, logger: {} });
  const finish = watch();
  await pool.initialize();
  const longest = finish();
  bystander.send('finish');
  const [{ longest: idle }] = await once(bystander, 'message');
  const resident = process.memoryUsage.rss() / GIB;
  await pool.shutdown();
  report('measured', { longest, idle, resident, ballast: ballast.length / GIB });
}

main(JSON.parse(process.argv[2]));
