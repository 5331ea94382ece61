import { makeDisposable } from './disposal.js';
import { LazyResult } from './lazy-result.js';
import type { StreamSink } from './stream-sink.js';

// biome-ignore-start lint/suspicious/noExplicitAny: the public default types.
/**
 * The items of a Python generator, or of anything else that Python can iterate over step by step.
 *
 * ```ts
 * const stream = pool.stream('tokens', [prompt]);
 * for await (const token of stream) process.stdout.write(token);
 * const usage = await stream.result; // the generator's return value
 * ```
 *
 * Leaving the loop closes the generator, as `return()` does: its `finally` blocks run. So does losing the last
 * reference to the stream, some time later. Python produces items ahead of the consumer, up to `highWaterMark`.
 *
 * A stream ends with its first error: `next()` yields the items before it, rejects with a {@link PythonPoolError} once,
 * and then says `done`. Several calls of `next()` at the same time are served in order. Node.js keeps running
 * while `next()` or `result` is awaited, and not for the stream itself.
 */
export interface PythonStream<T = any, R = any> extends AsyncIterableIterator<T>, AsyncDisposable {
  /**
   * The generator's return value; for a function that returns a plain value, that value. It settles when the call
   * ends, and rejects with the stream's error; or at once with `ABORT_ERR` if the stream is left before its end, while
   * `finally` blocks may still be running.
   *
   * Awaiting it without calling `next()` discards the items. Once `next()` has been called, the items are for its
   * callers: take them to the end, because Python waits while `highWaterMark` of them are not taken.
   */
  readonly result: Promise<R>;
  /** Closes the generator, drops buffered items, and resolves at once. */
  return(value?: any): Promise<IteratorResult<T, any>>;
  /** Like `return()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
// biome-ignore-end lint/suspicious/noExplicitAny: the public default types.

/** Closes the generators of streams that are no longer referenced. */
const ABANDONED = new FinalizationRegistry<StreamSink>((sink) => sink.abandon());

export interface StreamIterator {
  [Symbol.asyncDispose](): Promise<void>;
}

/** The stream that users have. Nothing else refers to it, unless one of its promises is awaited. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `makeDisposable` defines the method.
export class StreamIterator implements PythonStream<unknown, unknown> {
  readonly #sink: StreamSink;
  #result: Promise<unknown> | undefined;

  constructor(sink: StreamSink) {
    this.#sink = sink;
    ABANDONED.register(this, sink);
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    return this.#sink.next(this);
  }

  get result(): Promise<unknown> {
    this.#result ??= new LazyResult(() => this.#sink.result(this));
    return this.#result;
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#sink.close();
    return { value: await value, done: true };
  }

  async throw(error?: unknown): Promise<never> {
    this.#sink.close();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

makeDisposable(StreamIterator, async (stream) => {
  await stream.return();
});
