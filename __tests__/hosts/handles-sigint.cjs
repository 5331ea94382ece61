// Takes SIGINT for a hint and goes on.
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

process.on('SIGINT', () => say('interrupted'));

async function main({ script, gate }) {
  const pool = new PythonWorkerPool(script, 'wait', 1);
  await pool.initialize();
  say('result', await pool.execute('wait', [gate, 'genuine']));
  await pool.shutdown();
}

main(JSON.parse(process.argv[2]));
