// Returns with idle pools, of which nobody has shut down any.
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

async function main({ script, pools, ending }) {
  const pids = [];
  for (let index = 0; index < pools; index++) {
    const pool = new PythonWorkerPool(script, 'answer', 2, undefined, undefined, { logger: {} });
    await pool.initialize();
    pids.push(...(await Promise.all([pool.execute('pid'), pool.execute('pid')])));
  }
  say('pids', [...new Set(pids)]);
  if (ending === 'process.exit') {
    process.exit(0);
  }
}

main(JSON.parse(process.argv[2]));
