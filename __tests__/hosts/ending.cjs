// Ends in the way it is told to, while its worker is idle, or busy in the way that is told.
const fs = require('node:fs');
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

const ENDINGS = {
  return() {},
  'process.exit': () => process.exit(0),
  'an uncaught exception': () => {
    setImmediate(() => {
      throw new Error('uncaught');
    });
  },
  // Until the test sends a signal.
  'a signal': () => setInterval(() => {}, 1000),
};

async function main({ script, state, pids, ending }) {
  const pool = new PythonWorkerPool(script, 'answer', { logger: {} });
  if (state === 'import') {
    pool.initialize().catch(() => {});
  } else {
    await pool.initialize();
    const call = pool.execute(state, [pids]);
    call.catch(() => {});
    if (state === 'idle') {
      await call;
    }
  }
  while (!fs.existsSync(pids)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // The test looks at our children before we end.
  say('there', fs.readFileSync(pids, 'utf8').split(' ').map(Number));
  while (fs.existsSync(pids)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  ENDINGS[ending]();
}

main(JSON.parse(process.argv[2]));
