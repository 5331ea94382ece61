// Returns at once with one thing pending: what settles before the event loop is empty?
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

const PENDING = {
  initialize: async (pool) => pool.initialize(),
  execute: async (pool, gate) => {
    await pool.initialize();
    return pool.execute('wait', [gate]);
  },
  shutdown: async (pool) => {
    await pool.initialize();
    return pool.shutdown();
  },
};

process.on('beforeExit', () => say('empty'));
const { script, pending, gate } = JSON.parse(process.argv[2]);
const pool = new PythonWorkerPool(script, 'echo', 2, undefined, undefined, { logger: {} });
PENDING[pending](pool, gate).then(() => say('settled'));
