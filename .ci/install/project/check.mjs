// Checks the loaded package with a call through each of its classes, however it was installed and loaded.
// The script is found from the working directory, because this file may be bundled.

import { equal } from 'node:assert/strict';

const SCRIPT = 'script.py';

export async function check(loaded) {
  const { PythonWorkerPool, PythonWorker, PythonProvider, providerRegistry, getEnvInt } = loaded;
  const pool = new PythonWorkerPool(SCRIPT, 'add', 1);
  await pool.initialize();
  equal(await pool.execute('add', [40, 2]), 42);
  await pool.shutdown();

  const worker = new PythonWorker(SCRIPT, 'add');
  await worker.initialize();
  equal(await worker.call('add_later', ['4', '2']), '42');
  await worker.shutdown();

  const provider = new PythonProvider({ config: { script: SCRIPT } });
  equal((await provider.callApi('hello')).output, 'HELLO');
  await providerRegistry.shutdownAll();

  equal(getEnvInt('PYTHON_WORKER_POOL_CHECK', 42), 42);
  console.log('checked');
}
