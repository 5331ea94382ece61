// Runs a call as another user, in a folder that this user may not enter.
const { PythonWorkerPool } = require('../..');
const report = require('./report.cjs');

async function main({ script, folder, uid, options }) {
  process.chdir(folder);
  process.setgroups([]);
  process.setgid(uid);
  process.setuid(uid);
  const pool = new PythonWorkerPool(script, 'f', { logger: {}, ...options });
  try {
    await pool.initialize();
    await pool.execute('crash').catch(() => {});
    report('result', await pool.execute('f'));
  } catch (error) {
    report('result', { code: error.code, syscall: error.syscall, message: error.message });
  }
  await pool.shutdown();
}

main(JSON.parse(process.argv[2]));
