// Makes calls one after the other, and reports the outcome of each; of a stream, the first item.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

const { script, calls, options } = JSON.parse(process.argv[2]);

(async () => {
  const pool = new PythonWorkerPool(script, 'echo', { logger: {}, ...options });
  report('starting');
  await pool.initialize().catch((error) => report('failed', error.code));
  report('started');
  for (const [name, args, isStream] of calls) {
    const call = isStream ? pool.stream(name, args).next() : pool.execute(name, args);
    await call.then(
      (value) => report('result', value),
      (error) => report('error', error.code),
    );
  }
  await pool.shutdown();
  report('closed');
})();
