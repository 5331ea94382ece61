// Uses a pool with the default logger.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

async function main(script) {
  const pool = new PythonWorkerPool(script, 'call_api', 1);
  await pool.initialize();
  await pool.execute('say_on_all_ways', ['words']);
  await pool.shutdown();
  report('done');
}

main(JSON.parse(process.argv[2]));
