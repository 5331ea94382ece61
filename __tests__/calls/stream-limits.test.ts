/** Streams over a native side that is fake: signals, time limits and refusals. */

import { setTimeout as pause } from 'node:timers/promises';
import type { StreamOptions } from '../..';
import { drained, eventually, FakeNative, rejection, thrown } from '../support';

const DONE = { value: undefined, done: true };
const items = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const item = (value: unknown) => ({ value, done: false });

describe('a signal', () => {
  it('drops what is buffered, and ends the stream with its reason', async () => {
    const native = new FakeNative();
    const controller = new AbortController();
    const stream = native.stream({ signal: controller.signal });
    native.items(1, 2);
    await stream.next();
    controller.abort('why');
    const step = rejection(stream.next());
    native.fails('ABORT_ERR', { worker: { index: 0, pid: 1 } });
    expect(await step).toMatchObject({ code: 'ABORT_ERR', cause: 'why', started: true });
    expect(await stream.next()).toEqual(DONE);
    expect((await rejection(stream.result)).cause).toBe('why');
    expect(native.toldOf('cancel')).toEqual([['cancel', 1]]);
  });

  it('counts as long as items are buffered, and not once the end was reached', async () => {
    for (const taken of [1, 2]) {
      const native = new FakeNative();
      const controller = new AbortController();
      const stream = native.stream({ signal: controller.signal });
      native.items(...items(2));
      native.ends('value');
      for (const _ of items(taken)) await stream.next();
      controller.abort();
      if (taken === 1) {
        expect((await rejection(stream.next())).code).toBe('ABORT_ERR');
      } else {
        expect(await stream.next()).toEqual(DONE);
        expect(await stream.result).toBe('value');
      }
      expect(native.toldOf('cancel')).toEqual([]);
    }
  });

  it('with interrupt: false counts only until the first item', async () => {
    const native = new FakeNative();
    const early = new AbortController();
    native.stream({ signal: early.signal, interrupt: false });
    expect(native.submitted[0]).toEqual({ window: 64, timeout: Infinity });
    early.abort();
    expect(native.toldOf('cancel')).toEqual([['cancel', 1]]);
    const late = new AbortController();
    const stream = native.stream({ signal: late.signal, interrupt: false });
    native.items(1);
    late.abort();
    native.items(2);
    native.ends('value');
    expect(await drained(stream)).toEqual({ values: [1, 2] });
    expect(native.toldOf('cancel')).toHaveLength(1);
    const left = native.stream({ interrupt: false });
    native.items(1);
    await left.return();
    expect(native.toldOf('cancel')).toHaveLength(2);
  });

  it('that is aborted already fails the stream, which is never sent', async () => {
    const native = new FakeNative();
    const stream = native.stream({ signal: AbortSignal.abort('why') });
    expect(native.submitted).toEqual([]);
    expect(await rejection(stream.next())).toMatchObject({
      code: 'ABORT_ERR',
      cause: 'why',
      started: false,
    });
    expect(await rejection(stream.result)).toMatchObject({ code: 'ABORT_ERR', started: false });
  });
});

describe('itemTimeout', () => {
  it('limits the wait for an item', async () => {
    const native = new FakeNative();
    const stream = native.stream({ itemTimeout: 20 });
    const step = rejection(stream.next());
    await eventually('the cancel', () => native.toldOf('cancel').length > 0);
    native.fails('ABORT_ERR', { worker: { index: 0, pid: 1 } });
    const error = await step;
    expect(error).toMatchObject({
      code: 'ERR_ITEM_TIMEOUT',
      message: 'The stream yielded no item for 20ms, as long as itemTimeout allows',
      timeout: 20,
      started: true,
      worker: { index: 0, pid: 1 },
      function: 'f',
      script: 's.py',
    });
    expect(error).not.toHaveProperty('hint');
    expect(await stream.next()).toEqual(DONE);
    expect((await rejection(stream.result)).code).toBe('ERR_ITEM_TIMEOUT');
  });

  it('has a hint if the call had not started', async () => {
    const native = new FakeNative();
    const step = rejection(native.stream({ itemTimeout: 1 }).next());
    await eventually('the cancel', () => native.toldOf('cancel').length > 0);
    native.fails('ABORT_ERR', { started: false });
    expect((await step).hint).toMatch(/^Python had not begun the call: .* raise itemTimeout\.$/);
  });

  it('gives way to an outcome that comes first', async () => {
    const native = new FakeNative();
    const stream = native.stream({ itemTimeout: 1 });
    const values = drained(stream);
    await eventually('the cancel', () => native.toldOf('cancel').length > 0);
    native.items('late');
    native.ends('value');
    expect(await values).toEqual({ values: ['late'] });
    expect(await stream.result).toBe('value');
  });

  it('does not count the time of the consumer, nor that between two waits', async () => {
    const native = new FakeNative();
    const stream = native.stream({ itemTimeout: 500 });
    const steps = [stream.next(), stream.next(), stream.next()];
    for (const [value, step] of steps.entries()) {
      await pause(200);
      native.items(value);
      await step;
    }
    await pause(600);
    native.items('buffered');
    await pause(600);
    expect(await stream.next()).toEqual(item('buffered'));
    expect(native.toldOf('cancel')).toEqual([]);
    await stream.return();
  });

  it('limits the wait for the result too, if the items are discarded', async () => {
    const native = new FakeNative();
    const result = rejection(native.stream({ itemTimeout: 10 }).result);
    await eventually('the cancel', () => native.toldOf('cancel').length > 0);
    native.fails('ABORT_ERR');
    expect((await result).code).toBe('ERR_ITEM_TIMEOUT');
  });

  it('may be longer than a timer can be', async () => {
    for (const itemTimeout of [2 ** 31, 2 ** 40, Number.MAX_VALUE, Infinity]) {
      const native = new FakeNative();
      const stream = native.stream({ itemTimeout });
      const step = stream.next();
      await pause(20);
      native.items(1);
      expect(await step).toEqual(item(1));
      expect(native.toldOf('cancel')).toEqual([]);
      await stream.return();
    }
  });

  it('gives what came while the event loop was blocked a chance', async () => {
    const native = new FakeNative();
    const stream = native.stream({ itemTimeout: 30 });
    const step = stream.next();
    const end = performance.now() + 300;
    while (performance.now() < end);
    await new Promise(setImmediate);
    native.items('in time');
    expect(await step).toEqual(item('in time'));
    expect(native.toldOf('cancel')).toEqual([]);
    await stream.return();
  });
});

describe('a refusal', () => {
  it('comes from the stream, also to the result', async () => {
    const native = new FakeNative();
    native.refusal = JSON.stringify({
      code: 'ERR_QUEUE_FULL',
      message: 'full',
      limit: 1,
      started: false,
    });
    const stream = native.stream();
    expect(await rejection(stream.next())).toMatchObject({ code: 'ERR_QUEUE_FULL', limit: 1 });
    expect(await stream.next()).toEqual(DONE);
    expect((await rejection(stream.result)).code).toBe('ERR_QUEUE_FULL');
    expect(native.told).toEqual([]);
  });

  it('of options is thrown', () => {
    const native = new FakeNative();
    for (const [options, message] of [
      [
        { highWaterMark: 0 },
        /^Invalid highWaterMark: 0\. Must be an integer between 1 and 65535\.$/,
      ],
      [{ highWaterMark: 65_536 }, /highWaterMark/],
      [{ itemTimeout: 0 }, /^Invalid itemTimeout: 0\. /],
      [{ retries: 0 }, /^Invalid retries: a stream cannot run again, /],
      [{ itemTimout: 5 }, /Did you mean itemTimeout\?/],
      [AbortSignal.abort(), /Pass it as \{ signal \}/],
    ] as const) {
      const error = thrown(() => native.stream(options as never));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(message);
    }
    expect(native.submitted).toEqual([]);
  });
});

describe('retries', () => {
  it.each([undefined, null])('of %s are ignored, as any other option', async (retries) => {
    const native = new FakeNative();
    const stream = native.stream({ retries, highWaterMark: 3 } as StreamOptions);
    expect(native.submitted).toEqual([{ window: 3, timeout: Infinity }]);
    native.ends('value');
    expect(await stream.result).toBe('value');
  });

  it('beside an option that is inherited, or unknown, do not hide it', () => {
    const native = new FakeNative();
    const inherited = Object.assign(Object.create({ highWaterMark: 3 }), { retries: null });
    expect(thrown(() => native.stream(inherited)).message).toMatch(
      /^Invalid highWaterMark: it is inherited/,
    );
    const unknown = { retries: undefined, retry: 1 } as StreamOptions;
    expect(thrown(() => native.stream(unknown)).message).toMatch(/^Unknown option: "retry"\. /);
  });
});
