// A library on top of the package: its declarations can be written from inferred types.

import {
  isPythonPoolError,
  PythonPoolError,
  PythonWorker,
  PythonWorkerPool,
  type PythonWorkerPoolOptions,
} from 'python-worker-pool';
import { PythonProvider, providerRegistry } from 'python-worker-pool/promptfoo';

export interface Model {
  embed(texts: string[]): number[];
  warmUp(): Promise<void>;
  tokens(prompt: string): Generator<string, number>;
}
export const pool = new PythonWorkerPool<Model>('s.py');
export const untyped = new PythonWorkerPool('s.py', 'f', 4);
export const embed = (text: string) => pool.execute('embed', [[text]]);
export const mapped = (texts: string[]) => pool.map('embed', [[texts]]);
export const tokens = (prompt: string) => pool.stream('tokens', [prompt]);
export const bound = pool.execute.bind(pool);
export const stream = (...call: Parameters<typeof untyped.stream>) => untyped.stream(...call);
export const execute = (...call: Parameters<typeof untyped.execute>) => untyped.execute(...call);
export const made = new PythonPoolError('x', { code: 'ERR_QUEUE_FULL' });
export const timedOut = (error: unknown) =>
  isPythonPoolError(error, 'ERR_CALL_TIMEOUT') ? error : undefined;
export const caught = (error: unknown) => (error instanceof PythonPoolError ? error : undefined);
export const worker = new PythonWorker('s.py', 'f');
export const call = (x: number) => worker.call<number>('f', [x]);
export class Service {
  readonly pool = new PythonWorkerPool<Model>('s.py');
  embed(text: string) {
    return this.pool.execute('embed', [[text]]);
  }
}
export class Sub extends PythonWorkerPool<Model> {
  one(text: string) {
    return this.execute('embed', [[text]]);
  }
}
export const options = { workers: 3 } satisfies PythonWorkerPoolOptions;
export const provider = new PythonProvider({ config: { script: 'p.py', temperature: 1 } });
export { providerRegistry };
