// Is blocked while its worker prints or logs as fast as it can.
const fs = require('node:fs');
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

async function main({ script, flood, stop, lineLength, blockedFor }) {
  let lines = 0;
  let dropped = 0;
  let begin;
  const flooding = new Promise((resolve) => {
    begin = resolve;
  });
  const count = (message) => {
    const match = /^(\d+) lines of output were dropped/.exec(message);
    dropped += match ? Number(match[1]) : 0;
    lines += match ? 0 : 1;
    if (lines === 100) {
      begin();
    }
  };
  const logger = { info: count, warn: count };
  const pool = new PythonWorkerPool(script, 'call_api', { logger });
  await pool.initialize();
  const pid = await pool.execute('pid');
  const call = pool.execute(flood, [stop, lineLength]);
  await flooding;
  const before = process.memoryUsage.rss();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockedFor);
  const grown = process.memoryUsage.rss() - before;
  fs.writeFileSync(stop, '');
  const written = await call;
  const same = (await pool.execute('pid')) === pid;
  await pool.shutdown();
  say('done', { written, lines, dropped, grown, same });
}

main(JSON.parse(process.argv[2]));
