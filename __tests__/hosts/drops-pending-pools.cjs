// Drops pools whose `initialize` or `shutdown` is pending; started with --expose-gc.
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

const newPool = (script) => new PythonWorkerPool(script, 'answer', { logger: {} });

/** Returns nothing that refers to the pool but a promise. */
const PENDING = {
  initialize: (script) => newPool(script).initialize(),
  shutdown: async (script) => {
    const pool = newPool(script);
    await pool.initialize();
    return { promise: pool.shutdown() };
  },
  restart: async (script) => {
    const pool = newPool(script);
    await pool.initialize();
    void pool.shutdown();
    return { promise: pool.initialize() };
  },
};

async function main({ script, pending }) {
  const collector = setInterval(global.gc, 1);
  const { promise } = (await PENDING[pending](script)) ?? {};
  await promise;
  clearInterval(collector);
  say('settled');
}

main(JSON.parse(process.argv[2]));
