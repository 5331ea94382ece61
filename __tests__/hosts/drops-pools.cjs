// Drops pools without shutting them down; started with --expose-gc.
const fs = require('node:fs');
const { PythonWorkerPool } = require('../..');
const { isAlive } = require('./processes.cjs');
const say = require('./say.cjs');

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

async function dropIdle(script) {
  const pool = new PythonWorkerPool(script, 'answer', 2, undefined, undefined, { logger: {} });
  await pool.initialize();
  return Promise.all([pool.execute('pid'), pool.execute('pid')]);
}

/** Returns nothing that refers to the pool but the promise of a call. */
async function dropWithCall(script, gate) {
  const pool = new PythonWorkerPool(script, 'answer', { logger: {} });
  await pool.initialize();
  const pid = await pool.execute('pid');
  return { pid, call: pool.execute('wait_for', [gate, 'result']) };
}

async function collect(times) {
  for (let time = 0; time < times; time++) {
    global.gc();
    await pause();
  }
}

async function main({ script, gate }) {
  const idle = [...(await dropIdle(script)), ...(await dropIdle(script))];
  const busy = await dropWithCall(script, gate);
  say('pids', [...idle, busy.pid]);
  while (idle.some(isAlive)) {
    await collect(1);
  }
  await collect(10);
  const alive = isAlive(busy.pid);
  fs.writeFileSync(gate, '');
  const result = await busy.call;
  busy.call = undefined;
  while (isAlive(busy.pid)) {
    await collect(1);
  }
  say('collected', { alive, result });
}

main(JSON.parse(process.argv[2]));
