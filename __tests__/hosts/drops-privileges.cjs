// Drops its privileges after the start, so that it may not signal its workers.
const { ownChildren } = require('./processes.cjs');
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

const NOBODY = 65534;
const { script, killsGuardian } = JSON.parse(process.argv[2]);

(async () => {
  const warnings = [];
  const logger = { warn: (line) => warnings.push(line) };
  const pool = new PythonWorkerPool(script, 'echo', { timeout: 1000, logger });
  await pool.initialize();
  const worker = await pool.execute('pid');
  report('processes', { worker, guardian: ownChildren().find(({ pid }) => pid !== worker).pid });
  process.setgid(NOBODY);
  process.setuid(NOBODY);
  if (killsGuardian) {
    const killed = new Promise((resolve) => process.once('SIGUSR2', resolve));
    const stay = setInterval(() => {}, 1000);
    report('dropped');
    await killed;
    clearInterval(stay);
  }
  const outcome = await pool.execute('hang').catch((error) => error.code);
  // Its worker is to be replaced first; whether that works is up to the file permissions.
  const next = await pool.execute('echo', [1]).catch((error) => error.code);
  await pool.shutdown();
  report('end', { outcome, next, warnings });
})();
