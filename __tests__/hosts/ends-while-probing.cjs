// Ends in a given way while a wrapper is asked whether it is a Python.
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

async function main({ script, pythonPath, pids, ending }) {
  const pool = new PythonWorkerPool(script, 'f', { logger: {}, pythonPath });
  pool.initialize().catch(() => {});
  const started = () => (fs.existsSync(pids) ? fs.readFileSync(pids, 'utf8').split('\n') : []);
  while (started().length < 3) {
    await pause(5);
  }
  report('probing', started().filter(Boolean).map(Number));
  if (ending === 'process.exit') {
    process.exit(0);
  }
  setInterval(() => {}, 1000);
}

main(JSON.parse(process.argv[2]));
