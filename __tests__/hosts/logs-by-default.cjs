// A pool whose logger nobody set.
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

async function main(script) {
  const pool = new PythonWorkerPool(script, 'call_api', 1);
  await pool.initialize();
  await pool.execute('say_on_all_ways', ['words']);
  await pool.shutdown();
  say('done');
}

main(JSON.parse(process.argv[2]));
