// Uses the package's types from an ECMAScript module. Compiled, then run.

import { equal } from 'node:assert/strict';
import {
  type CallOptions,
  getEnvInt,
  type ProviderResponse,
  PythonProvider,
  type PythonProviderOptions,
  PythonWorker,
  PythonWorkerPool,
  type PythonWorkerPoolOptions,
  providerRegistry,
} from 'python-worker-pool';

const options: PythonWorkerPoolOptions = { workers: 1, timeout: 60_000 };
const pool = new PythonWorkerPool('script.py', 'add', options);
await pool.initialize();
const call: CallOptions = { timeout: Infinity };
const sum: number = await pool.execute('add', [40, 2], call);
equal(sum, 42);
const count: number = pool.getWorkerCount();
equal(count, 1);
await pool.shutdown();

await using worker = new PythonWorker('script.py', 'add');
await worker.initialize();
equal(await worker.call('add', [40, 2]), 42);

const settings: PythonProviderOptions = { config: { script: 'script.py', workers: 1 } };
const provider = new PythonProvider(settings);
const response: ProviderResponse = await provider.callApi('hello');
equal(response.output, 'HELLO');
await providerRegistry.shutdownAll();

const value: number | undefined = getEnvInt('PYTHON_WORKER_POOL_CHECK', 42);
equal(value, 42);

/** Never called: must not compile, which shows that the types above are not `any`. */
export function mistakes() {
  // @ts-expect-error: the script is missing
  new PythonWorkerPool();
  // @ts-expect-error: no number
  new PythonWorkerPool('script.py', 'add', { workers: 'many' });
  // @ts-expect-error: no string
  pool.execute(1);
  // @ts-expect-error: no such method
  pool.stop();
  // @ts-expect-error: no string
  provider.callApi(1);
  // @ts-expect-error: no such method
  provider.stop();
  // @ts-expect-error: neither a number nor text with one
  new PythonProvider('script.py', { config: { workers: true } });
}

console.log('checked');
