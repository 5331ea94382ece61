// Reports which of its children are left after `shutdown()`: of a pool, of the last of two, and of a
// pool whose guardian has just been killed.
const { ownChildren } = require('./processes.cjs');
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

const { script } = JSON.parse(process.argv[2]);

async function up() {
  const pool = new PythonWorkerPool(script, 'echo', { logger: {} });
  await pool.initialize();
  return pool;
}

(async () => {
  await (await up()).shutdown();
  report('left', ownChildren());

  const [one, other] = [await up(), await up()];
  await Promise.all([one.shutdown(), one.shutdown()]);
  await other.shutdown();
  report('left', ownChildren());

  const pool = await up();
  const worker = await pool.execute('pid');
  process.kill(ownChildren().find(({ pid }) => pid !== worker).pid, 'SIGKILL');
  await pool.shutdown();
  report('left', ownChildren());
})();
