import {
  getEnvInt,
  PythonProvider,
  PythonWorker,
  PythonWorkerPool,
  providerRegistry,
} from 'python-worker-pool';
import { check } from './check.mjs';

test('the pool, a worker and the provider call Python', async () => {
  await check({ PythonWorkerPool, PythonWorker, PythonProvider, providerRegistry, getEnvInt });
});

test('errors and results are objects of this realm', async () => {
  const pool = new PythonWorkerPool('script.py', 'fail', 1);
  await pool.initialize();
  const error = await pool.execute('fail', ['no']).catch((reason) => reason);
  const result = await pool.execute('call_api', ['hello', {}, {}]);
  await pool.shutdown();
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'no' });
  expect(result).toStrictEqual({ output: 'HELLO' });
});
