// Returns at once with one pending promise, and reports its end and the end of the event loop.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

const PENDING = {
  initialize: async (pool) => pool.initialize(),
  execute: async (pool, gate) => {
    await pool.initialize();
    return pool.execute('wait', [gate]);
  },
  map: async (pool, gate) => {
    await pool.initialize();
    for await (const _ of pool.map('wait', [[gate]]));
  },
  leftMap: async (pool) => {
    await pool.initialize();
    const lists = function* () {
      for (;;) yield [1];
    };
    await pool.map('echo', lists()).next();
  },
  shutdown: async (pool) => {
    await pool.initialize();
    return pool.shutdown();
  },
};

process.on('beforeExit', () => report('empty'));
const { script, pending, gate } = JSON.parse(process.argv[2]);
const pool = new PythonWorkerPool(script, 'echo', 2, undefined, undefined, { logger: {} });
PENDING[pending](pool, gate).then(() => report('settled'));
