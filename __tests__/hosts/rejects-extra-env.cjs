// Starts a pool whose extraEnv returns a promise, which then rejects.
const { setTimeout: sleep } = require('node:timers/promises');
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

async function main(script) {
  const extraEnv = async () => {
    throw new Error('no device');
  };
  const pool = new PythonWorkerPool(script, 'variable', { extraEnv });
  const { code } = await pool.initialize().catch((error) => error);
  // The rejection would be reported by now.
  await sleep(50);
  report('settled', code);
}

main(JSON.parse(process.argv[2]));
