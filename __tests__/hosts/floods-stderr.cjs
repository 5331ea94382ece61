// Logs by default what a script prints, and again once its stdin is closed.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

async function main({ script, calls }) {
  const pool = new PythonWorkerPool(script, 'flood');
  await pool.initialize();
  for (let call = 0; call < calls; call += 1) {
    await pool.execute('flood');
  }
  report('flooded');
  process.stdin.resume().on('end', async () => {
    await pool.execute('last');
    await pool.shutdown();
    report('done');
  });
}

main(JSON.parse(process.argv[2]));
