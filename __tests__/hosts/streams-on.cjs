// Takes items of a stream until it is killed.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

async function main({ script, name }) {
  const pool = new PythonWorkerPool(script, name, { logger: {} });
  await pool.initialize();
  report('pid', await pool.execute('pid'));
  let items = 0;
  for await (const _item of pool.stream()) {
    items += 1;
    if (items === 1000) {
      report('flows');
    }
  }
}

main(JSON.parse(process.argv[2]));
