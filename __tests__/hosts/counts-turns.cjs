// Counts how many lines of a script that prints without a pause come between two turns of the
// event loop.
const fs = require('node:fs');
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

async function main({ script, stop, lines }) {
  let seen = 0;
  let since = 0;
  let most = 0;
  const count = () => {
    seen += 1;
    since += 1;
    most = Math.max(most, since);
    if (seen === lines) {
      fs.writeFileSync(stop, '');
    }
  };
  const turn = setInterval(() => {
    since = 0;
  }, 1);
  const pool = new PythonWorkerPool(script, 'call_api', { logger: { info: count, warn: count } });
  await pool.initialize();
  await pool.execute('flood', [stop, 100]);
  await pool.shutdown();
  clearInterval(turn);
  say('done', { most });
}

main(JSON.parse(process.argv[2]));
