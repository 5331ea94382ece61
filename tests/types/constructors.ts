// The forms of the constructors, and the script.

import {
  type AnyFunctions,
  PythonWorker,
  type PythonWorkerOptions,
  PythonWorkerPool,
  type PythonWorkerPoolOptions,
} from 'python-worker-pool';
import { same } from './same.js';

interface Model {
  embed(texts: string[]): number[];
  warmUp(): Promise<void>;
}
const options: PythonWorkerPoolOptions = { workers: 2 };
declare const count: number | undefined;
declare const python: string | null | undefined;

// Scripts.
new PythonWorkerPool('/abs/s.py');
new PythonWorkerPool('./s.py');
new PythonWorkerPool('file:///abs/s.py');
new PythonWorkerPool(new URL('./s.py', 'file:///abs/'));
new PythonWorkerPool({ module: 'package.module' });
new PythonWorkerPool<Model>({ module: 'package.module' } as const, 'embed', options);
new PythonWorker({ module: 'package.module' }, 'f');
// @ts-expect-error a script is needed
new PythonWorkerPool();
// @ts-expect-error a script is needed
new PythonWorkerPool(null);
// @ts-expect-error not a script
new PythonWorkerPool(Buffer.from('s.py'));
// @ts-expect-error not the name of a module
new PythonWorkerPool({ module: 5 });
// @ts-expect-error options are not a script
new PythonWorkerPool({ module: 'package.module', cwd: '/abs' });
// @ts-expect-error an object names a module
new PythonWorkerPool({ path: 's.py' });

// Forms.
new PythonWorkerPool('s.py', options);
new PythonWorkerPool('s.py', { workers: 2, timeout: Infinity });
new PythonWorkerPool('s.py', null);
new PythonWorkerPool('s.py', undefined);
new PythonWorkerPool('s.py', 'f');
new PythonWorkerPool('s.py', 'f', options);
new PythonWorkerPool('s.py', 'f', null);
new PythonWorkerPool('s.py', null, options);
new PythonWorkerPool('s.py', 'f', 4);
new PythonWorkerPool('s.py', 'f', count, python, count);
new PythonWorkerPool('s.py', 'f', undefined, 'python3', 1000, options);
new PythonWorkerPool('s.py', 'f', null, null, null, null);
new PythonWorkerPool('s.py', 'f', 4, 'python3', 1000, { maxQueue: 3 });
// @ts-expect-error options are last
new PythonWorkerPool('s.py', 'f', { workers: 2 }, 'python3');
// @ts-expect-error a count is a number
new PythonWorkerPool('s.py', 'f', '4');
// @ts-expect-error a name is a string
new PythonWorkerPool('s.py', 4);
// @ts-expect-error an interpreter is a string
new PythonWorkerPool('s.py', 'f', 4, 3);
// @ts-expect-error misspelt option
new PythonWorkerPool('s.py', { worker: 2 });
// @ts-expect-error misspelt option
new PythonWorkerPool('s.py', 'f', { worker: 2 });
// @ts-expect-error misspelt option
new PythonWorkerPool('s.py', 'f', 4, null, null, { worker: 2 });

// Batched functions.
new PythonWorkerPool('s.py', { batch: { any: { max: 2 } } });
new PythonWorkerPool<Model>('s.py', { batch: { embed: { max: 2, wait: 5 }, warmUp: null } });
new PythonWorkerPool<Model>('s.py', 'embed', { batch: { embed: { max: 2 } } });
new PythonWorkerPool<Model>('s.py', 'embed', 4, null, null, { batch: { embed: { max: 2 } } });
new PythonWorkerPool<any>('s.py', { batch: { any: { max: 2 } } });
new PythonWorker('s.py', 'f', null, null, null, { batch: { any: { max: 2 } } });
const own: PythonWorkerPoolOptions<Model> = { batch: { embed: { max: 2 } } };
new PythonWorkerPool<Model>('s.py', own);
// @ts-expect-error not a function of the map
new PythonWorkerPool<Model>('s.py', { batch: { embedd: { max: 2 } } });
// @ts-expect-error not a function of the map
new PythonWorkerPool<Model>('s.py', 'embed', 4, null, null, { batch: { embedd: { max: 2 } } });
// @ts-expect-error a map does not come from the options
same<PythonWorkerPool<Model>>()(new PythonWorkerPool('s.py', own));

// Types of the pool.
same<PythonWorkerPool<AnyFunctions>>()(new PythonWorkerPool('s.py', 'f', 4));
same<PythonWorkerPool>()(new PythonWorkerPool('s.py', 'f', { workers: 4 }));
same<PythonWorkerPool<Model>>()(new PythonWorkerPool<Model>('s.py'));
same<PythonWorkerPool<Model>>()(new PythonWorkerPool<Model>('s.py', 'embed', 4));
const contextual: PythonWorkerPool<Model> = new PythonWorkerPool('s.py');
// @ts-expect-error misspelt default function
new PythonWorkerPool<Model>('s.py', 'embedd');
// @ts-expect-error misspelt default function
new PythonWorkerPool<Model>('s.py', 'embedd', 4);
// @ts-expect-error a map has only functions
new PythonWorkerPool<{ embed: number }>('s.py');

// Workers.
const workerOptions: PythonWorkerOptions = { maxPayload: 10, logger: {} };
const worker = new PythonWorker('s.py', 'f');
new PythonWorker(new URL('file:///s.py'), 'f', null, null, null, workerOptions);
new PythonWorker('s.py', null, undefined, undefined, undefined, undefined);
new PythonWorker('s.py', 'f', 'python3', 1000, () => {}, null);
// @ts-expect-error a worker is one
new PythonWorker('s.py', 'f', null, null, null, { workers: 2 });
// @ts-expect-error the fifth is a callback
new PythonWorker('s.py', 'f', null, null, { maxPayload: 1 });

export async function use(signal: AbortSignal): Promise<void> {
  await using disposed = worker;
  same<any>()(await disposed.call());
  same<any>()(await disposed.call(null, null, null));
  same<string>()(await disposed.call<string>('f', [1], { timeout: 3, signal }));
  // @ts-expect-error a signal is not the options
  disposed.call('f', [], signal);
  await disposed.initialize();
  same<boolean>()(disposed.isReady() && disposed.isBusy() && disposed.isDead());
  await disposed.shutdown();
  await using pool = contextual;
  same<number>()(pool.getWorkerCount());
  await pool[Symbol.asyncDispose]();
}
