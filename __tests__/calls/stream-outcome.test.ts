/** How streams count, and until when calls log, over a native side that is fake. */

import type { LogRecord, PoolStats } from '../..';
import { drained, FakeNative, rejection } from '../support';

const NONE: PoolStats['calls'] = { succeeded: 0, cancelled: 0, failed: {} };
const SUCCEEDED = { ...NONE, succeeded: 1 };
const CANCELLED = { ...NONE, cancelled: 1 };

describe('a stream counts once, as its consumer sees it', () => {
  it('succeeded, when its end was reached', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.items(1, 2);
    native.ends('value');
    await stream.next();
    await stream.next();
    expect(native.counts).toEqual(NONE);
    await stream.next();
    expect(native.counts).toEqual(SUCCEEDED);
    expect(await stream.result).toBe('value');
    await stream.return();
    expect(native.counts).toEqual(SUCCEEDED);
  });

  it('succeeded, when its result was awaited', async () => {
    for (const order of ['before', 'after']) {
      const native = new FakeNative();
      const stream = native.stream();
      if (order === 'before') native.ends('value');
      const result = stream.result.then((value) => value);
      if (order === 'after') native.ends('value');
      expect(await result).toBe('value');
      expect(native.counts).toEqual(SUCCEEDED);
      await stream.return();
      expect(native.counts).toEqual(SUCCEEDED);
    }
  });

  it('cancelled, when it was left or aborted after its call had ended', async () => {
    for (const way of ['left', 'left at its last item', 'aborted']) {
      const native = new FakeNative();
      const controller = new AbortController();
      const stream = native.stream({ signal: controller.signal });
      native.items(1);
      native.ends('value');
      if (way === 'left at its last item') await stream.next();
      if (way === 'aborted') controller.abort();
      else await stream.return();
      expect(native.counts).toEqual(CANCELLED);
      expect((await rejection(stream.result)).code).toBe('ABORT_ERR');
      await stream.next().catch(() => {});
      expect(native.counts).toEqual(CANCELLED);
    }
  });

  it('cancelled, when it was left before its call ended, whichever way that did', async () => {
    for (const end of ['ends', 'fails'] as const) {
      const native = new FakeNative();
      const stream = native.stream();
      native.items(1);
      await stream.return();
      expect(native.counts).toEqual(NONE);
      native[end]('ERR_POOL_CLOSED');
      expect(native.counts).toEqual(CANCELLED);
    }
  });

  it('failed, at once if nothing comes before its error, which it then keeps', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.fails('ERR_WORKER_CRASHED');
    const expected = { ...NONE, failed: { ERR_WORKER_CRASHED: 1 } };
    expect(native.counts).toEqual(expected);
    await stream.return();
    expect((await rejection(stream.result)).code).toBe('ERR_WORKER_CRASHED');
    expect(native.counts).toEqual(expected);
  });

  it('failed, after the items before its error', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.items(1);
    native.fails('ERR_WORKER_CRASHED');
    expect(native.counts).toEqual(NONE);
    expect(await drained(stream)).toMatchObject({
      values: [1],
      error: { code: 'ERR_WORKER_CRASHED' },
    });
    expect(native.counts).toEqual({ ...NONE, failed: { ERR_WORKER_CRASHED: 1 } });
  });

  it('failed, when an item is invalid, before and after its call has ended', async () => {
    for (const order of ['before', 'after']) {
      const native = new FakeNative();
      const stream = native.stream();
      native.raw(1, '{');
      if (order === 'before') native.ends('value');
      expect((await rejection(stream.next())).code).toBe('ERR_WORKER_CRASHED');
      if (order === 'after') native.fails('ABORT_ERR');
      expect(native.counts).toEqual({ ...NONE, failed: { ERR_WORKER_CRASHED: 1 } });
    }
  });

  it('by its call, when it is collected, and as cancelled if that has not ended', () => {
    const native = new FakeNative();
    native.stream();
    native.items(1);
    native.ends('value');
    native.collect();
    expect(native.counts).toEqual(SUCCEEDED);
    native.stream();
    native.collect();
    native.fails('ABORT_ERR');
    expect(native.counts).toEqual({ ...SUCCEEDED, cancelled: 1 });
  });

  it('failed, when it was refused, left or not', async () => {
    const native = new FakeNative();
    native.refusal = JSON.stringify({ code: 'ERR_QUEUE_FULL', message: 'full', started: false });
    const stream = native.stream();
    await stream.return();
    expect((await rejection(stream.result)).code).toBe('ERR_QUEUE_FULL');
    expect(native.counts).toEqual({ ...NONE, failed: { ERR_QUEUE_FULL: 1 } });
  });
});

describe('onLog of a stream', () => {
  function listening(signal?: AbortSignal) {
    const native = new FakeNative();
    const messages: string[] = [];
    const onLog = ({ message }: LogRecord) => void messages.push(message);
    const stream = native.stream({ onLog, tags: { a: 1 }, ...(signal && { signal }) });
    native.items(1);
    native.prints('before');
    return { native, stream, messages };
  }

  it('receives nothing once return() was called', async () => {
    const { native, stream, messages } = listening();
    const left = stream.return();
    native.prints('after');
    await left;
    native.prints('later');
    native.fails('ABORT_ERR');
    native.prints('last');
    expect(messages).toEqual(['before']);
  });

  it('receives nothing once its signal was aborted', () => {
    const controller = new AbortController();
    const { native, messages } = listening(controller.signal);
    controller.abort();
    native.prints('after');
    expect(messages).toEqual(['before']);
  });

  it('receives nothing once an item was invalid', async () => {
    const { native, stream, messages } = listening();
    native.raw(1, '{');
    await stream.next();
    native.prints('still');
    await rejection(stream.next());
    native.prints('after');
    expect(messages).toEqual(['before', 'still']);
  });
});

it('onLog of map receives nothing of the calls that are left when its loop is', async () => {
  const native = new FakeNative();
  const messages: string[] = [];
  const onLog = ({ message }: LogRecord) => void messages.push(message);
  const results = native.map([['a'], ['b']], { onLog });
  const first = results.next();
  native.prints('first', 1);
  native.prints('second', 2);
  native.ends('value', 1);
  expect(await first).toEqual({ value: 'value', done: false });
  await results.return();
  native.prints('after', 2);
  expect(native.toldOf('cancel')).toEqual([['cancel', 2]]);
  expect(messages).toEqual(['first', 'second']);
});
