// Calls of typed and untyped pools.

import {
  type AnyFunctions,
  type FunctionName,
  type PythonWorker,
  PythonWorkerPool,
} from 'python-worker-pool';
import { same } from './same.js';

interface Model {
  embed(texts: string[]): number[];
  warmUp(): Promise<void>;
  choose(first: number, second?: string): string | null;
  join(separator: string, ...parts: number[]): boolean;
  anything(value: any): any;
  'Classifier.predict'(image: Float32Array): Promise<{ label: string }>;
}
type Alias = { embed(texts: string[]): number[]; warmUp(): Promise<void> };

declare const model: PythonWorkerPool<Model>;
declare const alias: PythonWorkerPool<Alias>;
declare const untyped: PythonWorkerPool;
declare const anyPool: PythonWorkerPool<any>;
declare const signal: AbortSignal;

export function typedCalls(): void {
  same<Promise<number[]>>()(model.execute('embed', [['a']]));
  same<Promise<number[]>>()(model.execute('embed', [['a']], { timeout: 5 }));
  same<Promise<number[]>>()(alias.execute('embed', [['a']]));
  same<Promise<void>>()(model.execute('warmUp'));
  same<Promise<void>>()(model.execute('warmUp', []));
  same<Promise<void>>()(model.execute('warmUp', null, { signal }));
  same<Promise<void>>()(model.execute('warmUp', undefined, null));
  same<Promise<string | null>>()(model.execute('choose', [1]));
  same<Promise<string | null>>()(model.execute('choose', [1, 'x']));
  same<Promise<boolean>>()(model.execute('join', [',', 1, 2, 3]));
  same<Promise<any>>()(model.execute('anything', [{}]));
  same<Promise<{ label: string }>>()(model.execute('Classifier.predict', [new Float32Array(2)]));
  const tuple: [string[]] = [['a']];
  const frozen: readonly [string[]] = [['a']];
  model.execute('embed', tuple);
  model.execute('embed', frozen);
  const name: FunctionName<Model> = 'warmUp';
  void name;
}

export function typedMistakes(): void {
  // @ts-expect-error misspelt
  model.execute('embedd', [['a']]);
  // @ts-expect-error misspelt
  alias.execute('embedd', [['a']]);
  // @ts-expect-error no name
  model.execute();
  // @ts-expect-error no name
  model.execute(null);
  // @ts-expect-error no name
  model.execute(undefined, [['a']]);
  // @ts-expect-error not every string is a name
  model.execute(String(1), [['a']]);
  // @ts-expect-error not a function of the map
  model.execute('toString');
  // @ts-expect-error wrong argument
  model.execute('embed', ['a']);
  // @ts-expect-error wrong argument
  model.execute('embed', [[1]]);
  // @ts-expect-error wrong argument
  model.execute('choose', ['x']);
  // @ts-expect-error wrong argument
  model.execute('join', [',', 'x']);
  // @ts-expect-error too many arguments
  model.execute('embed', [['a'], 1]);
  // @ts-expect-error too many arguments
  model.execute('warmUp', [1]);
  // @ts-expect-error too few arguments
  model.execute('embed', []);
  // @ts-expect-error too few arguments
  model.execute('embed');
  // @ts-expect-error too few arguments
  model.execute('embed', null);
  // @ts-expect-error the map has the result type
  model.execute<number>('embed', [['a']]);
  // @ts-expect-error a signal is not the options
  model.execute('embed', [['a']], signal);
  // @ts-expect-error a signal is not the options
  model.execute('warmUp', null, signal);
  // @ts-expect-error a signal is not the arguments
  model.execute('warmUp', signal);
  // @ts-expect-error misspelt option
  model.execute('warmUp', [], { timeOut: 3 });
  // @ts-expect-error wrong option
  model.execute('warmUp', [], { timeout: '3' });
  // @ts-expect-error wrong result
  const wrong: Promise<string> = model.execute('embed', [['a']]);
  void wrong;
}

export async function untypedCalls(): Promise<void> {
  same<Promise<any>>()(untyped.execute());
  same<Promise<any>>()(untyped.execute('f'));
  same<Promise<any>>()(untyped.execute('f', [1, 'x'], { timeout: 1, interrupt: false }));
  same<Promise<any>>()(untyped.execute(null, null, null));
  same<Promise<any>>()(untyped.execute(undefined, undefined, undefined));
  same<Promise<string>>()(untyped.execute<string>('f'));
  same<Promise<string>>()(anyPool.execute<string>('f', [1]));
  same<Promise<any>>()(anyPool.execute());
  const inferred: string = await untyped.execute('f');
  const frozen: readonly number[] = [1, 2];
  untyped.execute('f', frozen);
  // @ts-expect-error a signal is not the options
  untyped.execute('f', [], signal);
  // @ts-expect-error a signal is not the arguments
  untyped.execute('f', signal);
  // @ts-expect-error arguments are an array
  untyped.execute('f', 'x');
  // @ts-expect-error a name is a string
  untyped.execute(3);
  // @ts-expect-error misspelt option
  untyped.execute('f', [], { timeOut: 3 });
  const record: PythonWorkerPool<Record<string, (...args: any[]) => any>> = untyped;
  same<Promise<string>>()(record.execute<string>('f', [1]));
  void inferred;
}

export async function mappedCalls(): Promise<void> {
  const texts: [string[]][] = [[['a']], [['b']]];
  const frozen: readonly (readonly [string[]])[] = texts;
  function* sync(): Generator<[number, string?]> {}
  async function* later(): AsyncGenerator<readonly [number]> {}
  same<AsyncIterableIterator<number[]>>()(model.map('embed', [[['a']], [['b', 'c']]]));
  same<AsyncIterableIterator<number[]>>()(model.map('embed', texts, { inFlight: 2, signal }));
  same<AsyncIterableIterator<number[]>>()(model.map('embed', frozen, null));
  same<AsyncIterableIterator<number[]>>()(alias.map('embed', new Set(texts)));
  same<AsyncIterableIterator<void>>()(model.map('warmUp', [[], []], { kwargs: { n: 1 } }));
  same<AsyncIterableIterator<string | null>>()(model.map('choose', [[1], [2, 'x']]));
  same<AsyncIterableIterator<string | null>>()(model.map('choose', sync()));
  same<AsyncIterableIterator<string | null>>()(model.map('choose', later()));
  same<AsyncIterableIterator<{ label: string }>>()(model.map('Classifier.predict', []));
  same<AsyncIterableIterator<any>>()(untyped.map('f', [[1, 'x'], []]));
  same<AsyncIterableIterator<any>>()(untyped.map(null, new Set([[1]])));
  same<AsyncIterableIterator<any>>()(anyPool.map(undefined, later()));
  same<AsyncIterableIterator<string>>()(untyped.map<string>('f', sync()));
  for await (const vector of model.map('embed', texts)) same<number[]>()(vector);
}

export function mappingMistakes(): void {
  // @ts-expect-error misspelt
  model.map('embedd', [[['a']]]);
  // @ts-expect-error no name
  model.map(null, [[['a']]]);
  // @ts-expect-error not every string is a name
  model.map(String(1), [[['a']]]);
  // @ts-expect-error no calls
  model.map('embed');
  // @ts-expect-error one list, not many
  model.map('embed', [['a']]);
  // @ts-expect-error wrong argument
  model.map('embed', [[[1]]]);
  // @ts-expect-error wrong argument
  model.map('choose', new Set<[string]>());
  // @ts-expect-error too many arguments
  model.map('warmUp', [[1]]);
  // @ts-expect-error too few arguments
  model.map('embed', [[]]);
  // @ts-expect-error the map has the result type
  model.map<number>('embed', [[['a']]]);
  // @ts-expect-error a signal is not the options
  model.map('warmUp', [[]], signal);
  // @ts-expect-error misspelt option
  model.map('warmUp', [[]], { inflight: 3 });
  // @ts-expect-error wrong option
  model.map('warmUp', [[]], { inFlight: '3' });
  // @ts-expect-error an option of `map`
  model.execute('warmUp', [], { inFlight: 3 });
  // @ts-expect-error a name is needed, if only null
  untyped.map([[1]]);
  // @ts-expect-error items are lists of arguments
  untyped.map('f', ['x']);
  // @ts-expect-error a text is no iterable of lists
  untyped.map('f', 'xy');
}

declare function takesAny(pool: PythonWorkerPool<any>): void;
declare function takesUntyped(pool: PythonWorkerPool): void;

export function assignments(): void {
  takesAny(model);
  takesAny(alias);
  takesAny(untyped);
  takesUntyped(untyped);
  // @ts-expect-error a typed pool is not an untyped one
  takesUntyped(model);
  // @ts-expect-error a typed pool is not an untyped one
  takesUntyped(alias);
  // @ts-expect-error a typed pool is not an untyped one
  const explicit: PythonWorkerPool<AnyFunctions> = alias;
  // @ts-expect-error an untyped pool is not a typed one
  const typed: PythonWorkerPool<Model> = untyped;
  // @ts-expect-error another map
  const other: PythonWorkerPool<{ other(): void }> = alias;
  const cast = untyped as PythonWorkerPool<any> as PythonWorkerPool<Model>;
  void [explicit, typed, other, cast];
}

interface Embedder {
  execute(name: 'embed', args: [texts: string[]]): Promise<number[]>;
}
declare function index(embedder: Embedder): void;
index(model);
index(alias);
index(untyped);
// @ts-expect-error this map has no such function
index(new PythonWorkerPool<{ warmUp(): void }>('s.py'));

class Logged extends PythonWorkerPool {
  override async execute(name?: string | null, args?: readonly unknown[] | null): Promise<any> {
    return super.execute(name, args);
  }
}
class Typed extends PythonWorkerPool<Model> {
  embedOne(text: string) {
    return this.execute('embed', [[text]]);
  }
  wrong() {
    // @ts-expect-error misspelt
    return this.execute('embedd', [['x']]);
  }
}
same<Promise<number[]>>()(new Typed('s.py').embedOne('x'));
const base: PythonWorkerPool<Model> = new Typed('s.py');
takesAny(base);
takesAny(new Typed('s.py'));
takesAny(new Logged('s.py'));
takesUntyped(new Logged('s.py'));
declare const parameters: Parameters<PythonWorkerPool['execute']>;
same<string | null | undefined>()(parameters[0]);
same<readonly unknown[] | null | undefined>()(parameters[1]);

export function narrow(value: unknown): void {
  if (value instanceof PythonWorkerPool) value.execute('f', [1]);
}
export function pass<F extends { [N in keyof F]: (...args: any[]) => any }>(
  pool: PythonWorkerPool<F>,
): PythonWorkerPool<F> {
  takesAny(pool);
  return pool;
}
same<PythonWorkerPool<Model>>()(pass(model));
export const bound = model.execute.bind(model);

export async function shutdowns(pool: PythonWorkerPool, worker: PythonWorker): Promise<void> {
  same<Promise<void>>()(pool.shutdown());
  same<Promise<void>>()(pool.shutdown({ drain: true }));
  same<Promise<void>>()(worker.shutdown({ drain: 5_000 }));
  same<Promise<any>>()(worker.call('f', [1], { kwargs: { n: 2 } }));
  same<Promise<number[]>>()(model.execute('embed', [['a']], { kwargs: { normalize: true } }));
  // @ts-expect-error a signal is an option
  pool.shutdown(signal);
}
