// Uses the package's types from CommonJS. Compiled, then run.

import assert = require('node:assert/strict');
import pythonWorkerPool = require('python-worker-pool');

async function main(): Promise<void> {
  const pool: pythonWorkerPool.PythonWorkerPool = new pythonWorkerPool.PythonWorkerPool(
    'script.py',
    'add',
  );
  await pool.initialize();
  const sum: number = await pool.execute('add', [40, 2]);
  assert.equal(sum, 42);
  await pool.shutdown();

  const provider = new pythonWorkerPool.PythonProvider('script.py');
  const response: pythonWorkerPool.ProviderResponse = await provider.callApi('hello');
  assert.equal(response.output, 'HELLO');
  await provider.shutdown();
  console.log('checked');
}

void main();
