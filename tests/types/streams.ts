// Streams of typed and untyped pools.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type CallOptions,
  type PythonStream,
  type PythonWorker,
  PythonWorkerPool,
  type StreamOptions,
} from 'python-worker-pool';
import { same } from './same.js';

interface Model {
  tokens(prompt: string): Generator<string, { usage: number }>;
  chunks(size?: number): AsyncGenerator<Buffer, void, unknown>;
  lines(): Iterable<string>;
  rows(): IterableIterator<number[]>;
  steps(): Iterator<number, boolean>;
  events(): AsyncIterable<{ id: number }>;
  ticks(): AsyncIterator<number, string>;
  later(): Promise<AsyncGenerator<string, number>>;
  list(): number[];
  pair(): readonly [string, number];
  text(): string;
  vector(): Float32Array;
  lookup(): Map<string, number>;
  record(): { a: number } | null;
  nothing(): void;
  plainLater(): Promise<number>;
  anything(): any;
  unknown(): unknown;
}

declare const model: PythonWorkerPool<Model>;
declare const untyped: PythonWorkerPool;
declare const anyPool: PythonWorkerPool<any>;
declare const worker: PythonWorker;
declare const signal: AbortSignal;

export function itemsAndResults(): void {
  same<PythonStream<string, { usage: number }>>()(model.stream('tokens', ['x']));
  same<PythonStream<Buffer, void>>()(model.stream('chunks'));
  same<PythonStream<Buffer, void>>()(model.stream('chunks', [3], { signal }));
  same<PythonStream<string>>()(model.stream('lines'));
  same<PythonStream<number[]>>()(model.stream('rows', null));
  same<PythonStream<number, boolean>>()(model.stream('steps'));
  same<PythonStream<{ id: number }>>()(model.stream('events'));
  same<PythonStream<number, string>>()(model.stream('ticks'));
  same<PythonStream<string, number>>()(model.stream('later'));
  same<PythonStream<any, any>>()(model.stream('anything'));
}

export async function plainValues(): Promise<void> {
  same<{ a: number } | null>()(await model.stream('record').result);
  same<PythonStream<never, number[]>>()(model.stream('list'));
  same<PythonStream<never, readonly [string, number]>>()(model.stream('pair'));
  same<PythonStream<never, string>>()(model.stream('text'));
  same<PythonStream<never, Float32Array>>()(model.stream('vector'));
  same<PythonStream<never, Map<string, number>>>()(model.stream('lookup'));
  same<PythonStream<never, void>>()(model.stream('nothing'));
  same<PythonStream<never, number>>()(model.stream('plainLater'));
}

export function untypedStreams(): void {
  same<PythonStream<any, any>>()(untyped.stream());
  same<PythonStream<any, any>>()(untyped.stream(null, null, null));
  same<PythonStream<any, any>>()(untyped.stream('f', [1, 'x']));
  same<PythonStream<string, any>>()(untyped.stream<string>('f'));
  same<PythonStream<string, number>>()(untyped.stream<string, number>('f', null, { timeout: 5 }));
  same<PythonStream<string, number>>()(anyPool.stream<string, number>('f'));
  same<PythonStream<any, any>>()(worker.stream());
  same<PythonStream<string, number>>()(worker.stream<string, number>('f', [1], { signal }));
}

/** Only a function that returns a value can be executed, or mapped. */
export function values(): void {
  same<Promise<number[]>>()(model.execute('list'));
  same<Promise<readonly [string, number]>>()(model.execute('pair'));
  same<Promise<string>>()(model.execute('text'));
  same<Promise<Float32Array>>()(model.execute('vector'));
  same<Promise<Map<string, number>>>()(model.execute('lookup'));
  same<Promise<{ a: number } | null>>()(model.execute('record'));
  same<Promise<void>>()(model.execute('nothing'));
  same<Promise<number>>()(model.execute('plainLater'));
  same<Promise<any>>()(model.execute('anything'));
  same<AsyncIterableIterator<number[]>>()(model.map('list', [[]]));
  // @ts-expect-error a generator is streamed
  model.execute('tokens', ['x']);
  // @ts-expect-error a generator is streamed
  model.execute('chunks');
  // @ts-expect-error an iterator is streamed
  model.execute('lines');
  // @ts-expect-error an iterator is streamed
  model.execute('rows');
  // @ts-expect-error an iterator is streamed
  model.execute('steps');
  // @ts-expect-error an iterator is streamed
  model.execute('events');
  // @ts-expect-error an iterator is streamed
  model.execute('ticks');
  // @ts-expect-error a generator is streamed
  model.execute('later');
  // @ts-expect-error a generator is streamed
  model.map('tokens', [['x']]);
}

export function mistakes(): void {
  // @ts-expect-error misspelt
  model.stream('token', ['x']);
  // @ts-expect-error no name
  model.stream();
  // @ts-expect-error wrong argument
  model.stream('tokens', [1]);
  // @ts-expect-error too few arguments
  model.stream('tokens');
  // @ts-expect-error too many arguments
  model.stream('lines', [1]);
  // @ts-expect-error the map has the types
  model.stream<string>('lines');
  // @ts-expect-error a signal is not the options
  model.stream('tokens', ['x'], signal);
  // @ts-expect-error a signal is not the options
  untyped.stream('f', [], signal);
  // @ts-expect-error a stream does not run again
  untyped.stream('f', [], { retries: 1 });
  // @ts-expect-error misspelt option
  untyped.stream('f', [], { itemTimout: 1 });
  // @ts-expect-error an option of streams
  untyped.execute('f', [], { itemTimeout: 1 });
  // @ts-expect-error an option of streams
  untyped.map('f', [[]], { highWaterMark: 1 });
  // @ts-expect-error an option of `map`
  untyped.stream('f', [], { inFlight: 1 });
  // @ts-expect-error items come later
  for (const item of model.stream('lines')) void item;
  // @ts-expect-error the result is the stream's
  untyped.stream('f').result = Promise.resolve(1);
}

export async function use(): Promise<void> {
  for await (const token of model.stream('tokens', ['x'])) same<string>()(token);
  const stream = model.stream('tokens', ['x']);
  const step = await stream.next();
  if (!step.done) same<string>()(step.value);
  same<{ usage: number }>()(await stream.result);
  same<IteratorResult<string, any>>()(await stream.return());
  await stream.return('value');
  await stream.throw?.(new Error());
  await stream[Symbol.asyncDispose]();
  await using scoped = model.stream('lines');
  for await (const line of scoped) same<string>()(line);
  await pipeline(model.stream('lines'), process.stdout);
  Readable.from(model.stream('chunks'), { objectMode: false });
  new Response(Readable.toWeb(Readable.from(untyped.stream('f'))) as ReadableStream);
  const iterator: AsyncIterableIterator<string> = model.stream('lines');
  const disposable: AsyncDisposable = model.stream('lines');
  const wide: PythonStream<unknown, unknown> = stream;
  const any: PythonStream = stream;
  // @ts-expect-error other items
  const narrow: PythonStream<number> = stream;
  void [iterator, disposable, wide, any, narrow];
}

interface Tokens {
  stream(name: 'tokens', args: [prompt: string]): AsyncIterable<string>;
}
declare function read(source: Tokens): void;
read(model);
read(untyped);
// @ts-expect-error this map has no such function
read(new PythonWorkerPool<{ lines(): Iterable<string> }>('s.py'));

class Chat extends PythonWorkerPool<Model> {
  say(prompt: string) {
    return this.stream('tokens', [prompt]);
  }
}
same<PythonStream<string, { usage: number }>>()(new Chat('s.py').say('x'));

/** Without types of the DOM. */
declare class Response {
  constructor(body: ReadableStream);
}
type ReadableStream = import('node:stream/web').ReadableStream;

export const options: StreamOptions = { itemTimeout: Infinity } satisfies StreamOptions;
// @ts-expect-error a signal is not the options
export const wrong: StreamOptions = signal;
// @ts-expect-error an option of streams
export const ofStreams: CallOptions = { highWaterMark: 1 };
