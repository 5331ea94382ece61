// Returns at once with a stream, and reports the end of what it awaits and the end of the event loop.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

const AWAITED = {
  nothing: async (pool, { file }) => {
    await pool.stream('endless', [file]).next();
    report('returned');
  },
  next: async (pool, { gate, file }) => {
    const step = pool.stream('wait_after', [0, gate, file]).next();
    report('returned');
    await step;
    report('settled');
  },
  result: async (pool, { gate, file }) => {
    const { result } = pool.stream('wait_after', [0, gate, file]);
    report('returned');
    await result;
    report('settled');
  },
};

process.on('beforeExit', () => report('empty'));
const { script, awaits, ...rest } = JSON.parse(process.argv[2]);
const pool = new PythonWorkerPool(script, 'pid', { logger: {} });
pool.initialize().then(() => AWAITED[awaits](pool, rest));
