const { PythonProvider, PythonWorkerPool } = require('python-worker-pool');

test('the pool calls Python, and its results are objects of this realm', async () => {
  const pool = new PythonWorkerPool('script.py', 'call_api', 1);
  await pool.initialize();
  const result = await pool.execute('call_api', ['hello', {}, {}]);
  await pool.shutdown();
  expect(result).toStrictEqual({ output: 'HELLO' });
});

test('errors are errors of this realm', async () => {
  const pool = new PythonWorkerPool('script.py', 'fail', 1);
  await pool.initialize();
  const error = await pool.execute('fail', ['no']).catch((reason) => reason);
  await pool.shutdown();
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'no' });
});

test('the provider calls Python', async () => {
  const provider = new PythonProvider({ config: { script: 'script.py' } });
  const { output } = await provider.callApi('hello');
  await provider.shutdown();
  expect(output).toBe('HELLO');
});
