/** Streams over a native side that is fake: the order of items, credit, and what keeps Node.js alive. */

import { setTimeout as pause } from 'node:timers/promises';
import type { PythonStream } from '../..';
import { drained, FakeNative, rejection } from '../support';

const DONE = { value: undefined, done: true };
const items = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const item = (value: unknown) => ({ value, done: false });

describe('next()', () => {
  it('yields items that have come, in order, and then says done for ever', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.items(1, 'two');
    native.items({ three: [3] });
    native.ends('value');
    expect(await drained(stream)).toEqual({ values: [1, 'two', { three: [3] }] });
    expect(await stream.next()).toEqual(DONE);
    expect(await stream.next()).toEqual(DONE);
    expect(await stream.result).toBe('value');
  });

  it('waits for items that have not come; several calls are served in order', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    const served: unknown[] = [];
    const steps = items(5).map((index) =>
      stream.next().then(({ value }) => served.push([index, value])),
    );
    native.items('a');
    native.items('b', 'c');
    await pause();
    expect(served).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
    native.ends(null);
    await Promise.all(steps);
    expect(served.slice(3)).toEqual([
      [3, undefined],
      [4, undefined],
    ]);
  });

  it('yields the items before an error, rejects with it once, and is done', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.items(1, 2);
    native.fails('ERR_WORKER_CRASHED', { stderrTail: 'tail' });
    expect(await stream.next()).toEqual(item(1));
    expect(await stream.next()).toEqual(item(2));
    expect(await rejection(stream.next())).toMatchObject({
      code: 'ERR_WORKER_CRASHED',
      stderrTail: 'tail',
      function: 'f',
      script: 's.py',
    });
    expect(await stream.next()).toEqual(DONE);
    expect((await rejection(stream.result)).code).toBe('ERR_WORKER_CRASHED');
  });

  it('rejects for the first of several callers, and is done for the others', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    const steps = [stream.next(), stream.next(), stream.next()];
    const failed = rejection(steps[1]);
    native.items('a');
    native.fails('ERR_POOL_CLOSED');
    expect(await steps[0]).toEqual(item('a'));
    expect((await failed).code).toBe('ERR_POOL_CLOSED');
    expect(await steps[2]).toEqual(DONE);
  });

  it('rejects for an item that is no JSON, after the items before, and closes the generator', async () => {
    for (const waits of [false, true]) {
      const native = new FakeNative();
      const stream = native.stream();
      const values = waits ? drained(stream) : undefined;
      native.raw(30, '1', '{"cut', '3');
      const { error } = await (values ?? drained(stream));
      expect(error).toMatchObject({
        code: 'ERR_WORKER_CRASHED',
        hint: expect.stringMatching(/^The worker sent an invalid result: /),
      });
      expect(native.toldOf('cancel')).toEqual([['cancel', 1]]);
      native.items('late');
      native.ends('late');
      expect(await stream.next()).toEqual(DONE);
      expect((await rejection(stream.result)).code).toBe('ERR_WORKER_CRASHED');
    }
  });

  it('finds the invalid one of items that together look like valid ones', async () => {
    for (const replies of [
      ['1', '2,3', '4'],
      ['1', '[2', '3]'],
      ['1', '', '3'],
      ['1', '"2', '3"'],
    ]) {
      const native = new FakeNative();
      const stream = native.stream();
      native.raw(30, ...replies);
      const { error, values } = await drained(stream);
      expect(values).toEqual([1]);
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED' });
      expect(native.toldOf('cancel')).toEqual([['cancel', 1]]);
    }
  });

  it('rejects with a stack that names the caller', async () => {
    async function consumer(late: boolean) {
      const native = new FakeNative();
      const stream = native.stream();
      const fails = () => native.fails('ERR_POOL_CLOSED');
      late ? setTimeout(fails, 1) : fails();
      await stream.next();
    }
    for (const late of [false, true]) {
      const { stack } = await rejection(consumer(late));
      expect(stack).toMatch(/^\w*Error: ERR_POOL_CLOSED\n {4}at (async )?consumer /);
    }
  });

  it('takes a million buffered items in order', async () => {
    const native = new FakeNative();
    const stream = native.stream({ highWaterMark: 1000 });
    const count = 1_000_000;
    for (const start of items(count / 1000)) {
      native.items(...items(1000).map((index) => start * 1000 + index));
    }
    native.ends(null);
    let expected = 0;
    for await (const value of stream) {
      if (value !== expected) {
        throw new Error(`${value} in place of ${expected}`);
      }
      expected += 1;
    }
    expect(expected).toBe(count);
  });
});

describe('credit', () => {
  it.each([
    [64, 32],
    [65, 33],
    [1, 1],
    [2, 1],
    [3, 2],
    [65_535, 32_768],
  ])('of a window of %d items is given for %d that were taken', async (highWaterMark, credit) => {
    const native = new FakeNative();
    const stream = native.stream({ highWaterMark });
    expect(native.submitted).toEqual([{ window: highWaterMark, timeout: Infinity }]);
    // Each item in a delivery of its own, so that its bytes count at once; so few that these do not matter.
    for (const value of items(credit)) {
      native.sized(1, value);
    }
    for (const _ of items(credit - 1)) {
      await stream.next();
    }
    expect(native.toldOf('credit')).toEqual([]);
    await stream.next();
    expect(native.toldOf('credit')).toEqual([['credit', 1, credit, credit]]);
  });

  it('is given for 128 KiB that were taken, once the last item of a delivery is', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.sized(100_000, 'a', 'b');
    native.sized(200_000, 'c');
    await stream.next();
    await stream.next();
    expect(native.toldOf('credit')).toEqual([]);
    await stream.next();
    expect(native.toldOf('credit')).toEqual([['credit', 1, 3, 300_000]]);
  });

  it('is never lost: what was taken is given back, up to half of a window', async () => {
    const native = new FakeNative();
    const stream = native.stream({ highWaterMark: 10 });
    let given = 0;
    for (const value of items(1000)) {
      native.items(value);
      expect(await stream.next()).toEqual(item(value));
      given = native.toldOf('credit').reduce((sum, [, , taken]) => sum + (taken as number), 0);
      expect(value + 1 - given).toBeLessThan(5);
    }
    expect(given).toBe(1000);
  });

  it('is not given for items that are dropped', async () => {
    const native = new FakeNative();
    const stream = native.stream({ highWaterMark: 2 });
    native.items(1, 2);
    await stream.return();
    expect(native.told).toEqual([['cancel', 1]]);
  });
});

describe('leaving', () => {
  it('a loop closes the generator, and drops what is buffered and what still comes', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.items(1, 2, 3);
    for await (const value of stream) {
      expect(value).toBe(1);
      break;
    }
    expect(native.toldOf('cancel')).toEqual([['cancel', 1]]);
    native.items(4);
    expect(await stream.next()).toEqual(DONE);
    const result = rejection(stream.result);
    native.fails('ABORT_ERR', { worker: { index: 0, pid: 1 } });
    expect(await result).toMatchObject({
      code: 'ABORT_ERR',
      name: 'AbortError',
      started: true,
      worker: { index: 0, pid: 1 },
      function: 'f',
    });
    expect(await stream.next()).toEqual(DONE);
  });

  it('with return() resolves at once with its value, and settles the callers of next()', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    const steps = [stream.next(), stream.next()];
    expect(await stream.return(Promise.resolve('v'))).toEqual({ value: 'v', done: true });
    expect(await Promise.all(steps)).toEqual([DONE, DONE]);
    expect(await stream.return()).toEqual(DONE);
    expect(native.toldOf('cancel')).toHaveLength(1);
  });

  it('with throw() rejects with that error, and closes the generator', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    const error = new Error('mine');
    expect(await rejection(stream.throw?.(error) as Promise<unknown>)).toBe(error);
    expect(native.toldOf('cancel')).toEqual([['cancel', 1]]);
    expect(await stream.next()).toEqual(DONE);
  });

  it('before the end makes result an abort, even if the call has ended meanwhile', async () => {
    for (const end of [
      (n: FakeNative) => n.ends(1),
      (n: FakeNative) => n.fails('ERR_POOL_CLOSED'),
    ]) {
      for (const order of ['before', 'after']) {
        const native = new FakeNative();
        const stream = native.stream();
        native.items(1);
        if (order === 'before') end(native);
        await stream.return();
        if (order === 'after') end(native);
        expect(await stream.next()).toEqual(DONE);
        expect(await rejection(stream.result)).toMatchObject({ code: 'ABORT_ERR', started: true });
      }
    }
  });

  it('after the end changes nothing', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    native.ends('value');
    expect(await drained(stream)).toEqual({ values: [] });
    expect(await stream.return('v')).toEqual({ value: 'v', done: true });
    expect(await stream.result).toBe('value');
    expect(native.told).toEqual([]);
  });
});

describe('result', () => {
  it('that is awaited without iterating discards the items, and gives credit for them', async () => {
    const native = new FakeNative();
    const stream = native.stream({ highWaterMark: 4 });
    native.items(1, 2);
    const result = stream.result.then((value) => value);
    await pause();
    expect(native.toldOf('credit')).toEqual([['credit', 1, 2, 20]]);
    native.items(3, 4, 5);
    expect(native.toldOf('credit')).toHaveLength(2);
    native.ends({ usage: 3 });
    expect(await result).toEqual({ usage: 3 });
    expect(await stream.next()).toEqual(DONE);
  });

  it('is not awaited by being read: the items stay', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    const { result } = stream;
    expect(stream.result).toBe(result);
    native.items(1, 2);
    await pause();
    native.ends('value');
    expect(await drained(stream)).toEqual({ values: [1, 2] });
    expect(await result).toBe('value');
  });

  it('that is awaited beside a loop takes no item from it', async () => {
    for (const begin of [
      (stream: PythonStream) => [stream.result.then(String), drained(stream)],
      (stream: PythonStream) => [stream.result, drained(stream)],
      (stream: PythonStream) => [drained(stream), stream.result].reverse(),
    ]) {
      const native = new FakeNative();
      const stream = native.stream({ highWaterMark: 2 });
      native.items(1, 2);
      const both = Promise.all(begin(stream));
      await pause();
      native.items(3);
      native.ends('value');
      expect(await both).toEqual(['value', { values: [1, 2, 3] }]);
    }
  });

  it('never rejects unhandled', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const native = new FakeNative();
    const stream = native.stream();
    const { result } = stream;
    native.fails('ERR_POOL_CLOSED');
    await pause(5);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect((await rejection(result)).code).toBe('ERR_POOL_CLOSED');
    expect((await rejection(stream.next())).code).toBe('ERR_POOL_CLOSED');
  });

  it('is a promise with all methods of one', async () => {
    const native = new FakeNative();
    const { result } = native.stream();
    native.fails('ERR_POOL_CLOSED');
    expect(result).toBeInstanceOf(Promise);
    expect(await result.catch(({ code }) => code)).toBe('ERR_POOL_CLOSED');
    let isSettled = false;
    await rejection(
      result.finally(() => {
        isSettled = true;
      }),
    );
    expect(isSettled).toBe(true);
  });
});

describe('Node.js', () => {
  it('is kept alive only while next() or result is awaited', async () => {
    const native = new FakeNative();
    const stream = native.stream();
    expect(native.told).toEqual([]);
    const steps = [stream.next(), stream.next()];
    expect(native.told).toEqual([['hold']]);
    native.items(1);
    expect(native.told).toEqual([['hold']]);
    native.items(2, 3);
    expect(native.told).toEqual([['hold'], ['release']]);
    await Promise.all([...steps, stream.next()]);
    const result = stream.result.then(String);
    native.told.length = 0;
    native.ends('value');
    expect(await result).toBe('value');
    expect(native.told).toEqual([['release']]);
    await stream.next();
    expect(native.told).toEqual([['release']]);
  });

  it('is let go when the stream is left, or an item is invalid', async () => {
    for (const end of ['return', 'invalid']) {
      const native = new FakeNative();
      const stream = native.stream();
      const step = drained(stream);
      if (end === 'return') {
        await stream.return();
      } else {
        native.raw(1, '?');
      }
      await step;
      expect(native.told.filter(([name]) => name !== 'cancel')).toEqual([['hold'], ['release']]);
    }
  });
});
