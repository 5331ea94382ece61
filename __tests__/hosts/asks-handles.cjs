// Reports, in each state of a pool, whether its handles keep Node.js running, as Jest's --detectOpenHandles asks.
const { createHook } = require('node:async_hooks');
const report = require('./report.cjs');

const resources = [];
const hook = createHook({
  init: (_id, type, _trigger, resource) => resources.push([type, resource]),
});

async function main(script) {
  hook.enable();
  const { PythonWorkerPool } = require('../..');
  const pool = new PythonWorkerPool(script, 'pid', { logger: {} });
  hook.disable();
  const handles = resources.filter(([type]) => type === 'python-worker-pool');
  const states = [];
  const ask = () => states.push(handles.map(([, resource]) => resource.hasRef()));
  ask();
  const start = pool.initialize();
  ask();
  await start;
  ask();
  const call = pool.execute();
  ask();
  await call;
  ask();
  const shutdown = pool.shutdown();
  ask();
  await shutdown;
  ask();
  report('held', states.flat());
}

main(JSON.parse(process.argv[2]));
