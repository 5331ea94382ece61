// Returns with idle pools that were not shut down.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

async function main({ script, pools, ending }) {
  const pids = [];
  for (let index = 0; index < pools; index++) {
    const pool = new PythonWorkerPool(script, 'answer', 2, undefined, undefined, { logger: {} });
    await pool.initialize();
    pids.push(...(await Promise.all([pool.execute('pid'), pool.execute('pid')])));
  }
  report('pids', [...new Set(pids)]);
  if (ending === 'process.exit') {
    process.exit(0);
  }
}

main(JSON.parse(process.argv[2]));
