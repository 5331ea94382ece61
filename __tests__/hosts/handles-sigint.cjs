// Handles SIGINT and continues.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

process.on('SIGINT', () => report('interrupted'));

async function main({ script, gate }) {
  const pool = new PythonWorkerPool(script, 'wait', 1);
  await pool.initialize();
  report('result', await pool.execute('wait', [gate, 'genuine']));
  await pool.shutdown();
}

main(JSON.parse(process.argv[2]));
