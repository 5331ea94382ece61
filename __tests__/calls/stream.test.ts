/** What a stream yields: items, a result, and errors in their place. */

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  drained,
  eventually,
  fixture,
  gate,
  linesOf,
  newPool,
  newWorker,
  rejection,
  tempFolder,
  thrown,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('streams_items.py');
const DONE = { value: undefined, done: true };

const within = (body: (pool: PythonWorkerPool) => Promise<void>, options = {}) =>
  withPool(SCRIPT, options, body);

const PLACES: [string, PythonWorkerPoolOptions][] = [
  ['one call at a time', {}],
  ['many async calls', { concurrencyPerWorker: 8 }],
  ['threads', { threadsPerWorker: 8 }],
];

describe.each(PLACES)('with %s', (_, options) => {
  it.each([
    ['a generator', 'count', [3], { values: [0, 1, 2] }, { stopped: 3 }],
    ['an async generator', 'count_async', [3], { values: [0, 1, 2] }, null],
    ['a generator without items', 'count', [0], { values: [] }, { stopped: 0 }],
    ['an iterator', 'iterator', [], { values: ['a', 'b'] }, 'the end'],
    ['an async iterable', 'async_iterable', [], { values: ['a', 'b'] }, null],
    ['an awaitable of a generator', 'later', [], { values: [0, 1] }, { stopped: 2 }],
    ['an awaitable of an async iterable', 'later_async', [], { values: ['a', 'b'] }, null],
    ['a map object', 'mapped', [], { values: ['1', '2'] }, null],
    ['a plain list', 'echo', [[1, 2]], { values: [] }, [1, 2]],
    ['a plain text', 'echo', ['text'], { values: [] }, 'text'],
    ['nothing', 'echo', [], { values: [] }, null],
  ])('yields the items of %s, and has its result', async (_kind, name, args, items, result) => {
    await within(async (pool) => {
      const stream = pool.stream(name, args as unknown[]);
      expect(await drained(stream)).toEqual(items);
      expect(await stream.result).toEqual(result);
      expect(await stream.next()).toEqual(DONE);
      expect(await pool.stream(name, args as unknown[]).result).toEqual(result);
      expect(await pool.execute('echo', [1])).toBe(1);
    }, options);
  });

  it.each(['count', 'count_async'])('keeps 20 000 items of %s in order', async (name) => {
    await within(async (pool) => {
      let expected = 0;
      for await (const value of pool.stream(name, [20_000])) {
        if (value !== expected) {
          throw new Error(`${value} in place of ${expected}`);
        }
        expected += 1;
      }
      expect(expected).toBe(20_000);
    }, options);
  });

  it.each(['fail_after', 'fail_after_async'])(
    'yields the items before an error of %s',
    async (name) => {
      await within(async (pool) => {
        for (const items of [0, 1, 200]) {
          const stream = pool.stream(name, [items]);
          const { values, error } = await drained(stream);
          expect(values).toEqual(Array.from({ length: items }, (_, index) => index));
          expect(error).toMatchObject({
            code: 'ERR_PYTHON_EXCEPTION',
            pythonType: 'ValueError',
            pythonMessage: 'no more',
            traceback: expect.stringContaining(`in ${name}`),
            function: name,
            script: SCRIPT,
            worker: { index: 0, pid: await pool.execute('pid') },
          });
          expect(await stream.next()).toEqual(DONE);
          expect((await rejection(stream.result)).pythonMessage).toBe('no more');
        }
      }, options);
    },
  );

  it.each(['ahead', 'ahead_async'])(
    '%s is never further ahead than highWaterMark',
    async (name) => {
      await within(async (pool) => {
        const file = path.join(tempFolder(), 'produced');
        const produced = (count: number) =>
          eventually(`${count}`, () => linesOf(file).length === count);
        const stream = pool.stream(name, [file, 20], { highWaterMark: 4 });
        await produced(4);
        await pause(50);
        expect(linesOf(file)).toHaveLength(4);
        await stream.next();
        await stream.next();
        await produced(6);
        await pause(50);
        expect(linesOf(file)).toHaveLength(6);
        expect((await drained(stream)).values).toHaveLength(18);
      }, options);
    },
  );

  it.each(['ahead', 'ahead_async'])('%s is not much more than 256 KiB ahead', async (name) => {
    await within(async (pool) => {
      const file = path.join(tempFolder(), 'produced');
      const stream = pool.stream(name, [file, 20, 100_000]);
      await eventually('3 items', () => linesOf(file).length === 3);
      await pause(50);
      expect(linesOf(file)).toHaveLength(3);
      expect((await drained(stream)).values).toHaveLength(20);
    }, options);
  });
});

it('carries binary values, arrays and long texts, in items and in the result', async () => {
  await within(async (pool) => {
    const stream = pool.stream('values');
    const { values } = await drained(stream);
    const [bytes, array, ...others] = values;
    expect(bytes).toEqual(Buffer.from([0, 255]));
    expect({ ...array }).toEqual({ 0: 1.5, 1: 2.5 });
    expect(array).toMatchObject({ dtype: 'float32', shape: [2] });
    expect(others).toEqual([{ deep: [Buffer.from('x')] }, 'é'.repeat(5000), null]);
    const result = await stream.result;
    expect(result).toBeInstanceOf(Float64Array);
    expect([...result]).toEqual([NaN]);
  });
});

it('has the options of results, keyword arguments and the default function', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const plain = await drained(pool.stream('numbers', [], { nan: 'null', arrays: 'list' }));
    expect(plain).toEqual({ values: [null, [1, 2]] });
    const refused = await drained(pool.stream('numbers'));
    expect(refused.error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE' });
    const named = pool.stream('count', [4], { kwargs: { start: 2 } });
    expect(await drained(named)).toEqual({ values: [2, 3] });
  });
  const pool = newPool(SCRIPT, {}, 'mapped');
  await pool.initialize();
  expect(await drained(pool.stream())).toEqual({ values: ['1', '2'] });
  expect(await drained(pool.stream(null, null, null))).toEqual({ values: ['1', '2'] });
});

it('ends with an item or a result that cannot be converted', async () => {
  await within(async (pool) => {
    const item = await drained(pool.stream('unserializable_after', [2]));
    expect(item.values).toEqual([0, 1]);
    expect(item.error).toMatchObject({
      code: 'ERR_NOT_SERIALIZABLE',
      function: 'unserializable_after',
    });
    const result = pool.stream('unserializable_result');
    const { values, error } = await drained(result);
    expect(values).toEqual([1]);
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output.x' });
    expect((await rejection(result.result)).code).toBe('ERR_NOT_SERIALIZABLE');
  });
});

it('is advised by the error of execute', async () => {
  await within(async (pool) => {
    for (const name of ['iterator', 'async_iterable', 'later']) {
      const error = await rejection(pool.execute(name));
      expect(error.code).toBe('ERR_NOT_SERIALIZABLE');
      expect(error.message).toContain('call the function with stream()');
    }
  });
});

it('fails with the errors of any call', async () => {
  const early = newPool(SCRIPT);
  expect((await drained(early.stream('count', [1]))).error).toMatchObject({
    code: 'ERR_NOT_INITIALIZED',
    function: 'count',
    script: SCRIPT,
    started: false,
  });
  await within(
    async (pool) => {
      const missing = pool.stream('no_such');
      expect((await drained(missing)).error).toMatchObject({ code: 'ERR_FUNCTION_NOT_FOUND' });
      expect((await rejection(missing.result)).code).toBe('ERR_FUNCTION_NOT_FOUND');
      const large = pool.stream('count', ['x'.repeat(2000)]);
      expect((await rejection(large.next())).code).toBe('ERR_PAYLOAD_TOO_LARGE');
      const getter = {
        get x() {
          throw new Error('no');
        },
      };
      expect((await rejection(pool.stream('count', [getter]).next())).code).toBe(
        'ERR_NOT_SERIALIZABLE',
      );
      const crash = await drained(pool.stream('crash_after', [2]));
      expect(crash.values).toEqual([0, 1]);
      expect(crash.error).toMatchObject({ code: 'ERR_WORKER_CRASHED', started: true });
      expect(await drained(pool.stream('count', [2]))).toEqual({ values: [0, 1] });
    },
    { maxPayload: 1000 },
  );
});

it('waits for a pool that starts, and fails with the error of the start', async () => {
  const pool = newPool(SCRIPT);
  const start = pool.initialize();
  const stream = pool.stream('count', [2]);
  const left = pool.stream('count', [2]);
  await left.return();
  expect(await rejection(left.result)).toMatchObject({ code: 'ABORT_ERR', started: false });
  await start;
  expect(await drained(stream)).toEqual({ values: [0, 1] });
  const broken = newPool(writeScript('1 / 0\n'));
  const failing = rejection(broken.initialize());
  const early = rejection(broken.stream('f').next());
  expect(await early).toMatchObject({ code: (await failing).code, function: 'f', started: false });
});

it('throws for what is invalid in the call itself', () => {
  const pool = newPool(SCRIPT);
  for (const [call, message] of [
    [() => pool.stream('', []), /^Invalid functionName: ""/],
    [() => pool.stream('f', 'x' as never), /^Invalid args: string\. Must be an array/],
    [() => pool.stream('f', [], { highWaterMark: 1.5 }), /^Invalid highWaterMark: 1\.5/],
    [
      () => pool.stream('f', [], { retries: 1 } as never),
      /^Invalid retries: a stream cannot run again/,
    ],
  ] as const) {
    const error = thrown(call);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', script: SCRIPT });
    expect(error.message).toMatch(message);
    expect(error.stack).toMatch(/^[^\n]*\n {4}at [^\n]*stream\.test\.ts:/);
  }
});

it('waits in the queue like any call, and is refused like one', async () => {
  await within(
    async (pool) => {
      const door = gate();
      const file = path.join(tempFolder(), 'notes');
      const first = pool.stream('wait_after', [1, door.path, file]);
      expect((await first.next()).value).toBe(0);
      await door.reached();
      const second = drained(pool.stream('count', [2]));
      const refused = pool.stream('count', [2]);
      expect(await rejection(refused.next())).toMatchObject({ code: 'ERR_QUEUE_FULL', limit: 1 });
      door.open();
      expect(await drained(first)).toEqual({ values: ['late'] });
      expect(await second).toEqual({ values: [0, 1] });
    },
    { maxQueue: 1 },
  );
});

it.each([
  ['async generators', 'wait_after_async', { concurrencyPerWorker: 3 }],
  ['generators in threads', 'wait_after', { threadsPerWorker: 3 }],
] as const)('runs several %s of one worker at the same time', async (_, name, options) => {
  await within(async (pool) => {
    const doors = [gate(), gate(), gate()];
    const file = path.join(tempFolder(), 'notes');
    const streams = doors.map((door) => pool.stream(name, [2, door.path, file]));
    await Promise.all(doors.map((door) => door.reached()));
    for (const [index, stream] of [...streams.entries()].reverse()) {
      doors[index].open();
      expect(await drained(stream)).toEqual({ values: [0, 1, 'late'] });
    }
  }, options);
});

it('beside a slow consumer, calls of the other kind go on', async () => {
  await within(
    async (pool) => {
      const file = path.join(tempFolder(), 'notes');
      const stream = pool.stream('endless_async', [file], { highWaterMark: 2 });
      await stream.next();
      for (const number of [1, 2, 3]) {
        expect(await pool.execute('echo', [number])).toBe(number);
      }
      expect((await stream.next()).value).toBe(1);
      await stream.return();
      await eventually('its end', () => linesOf(file).length > 0);
    },
    { concurrencyPerWorker: 4 },
  );
});

describe('PythonWorker.stream', () => {
  it('yields items, and fails while the worker is busy or not ready', async () => {
    const worker = newWorker(SCRIPT, 'count', null, null, null, { logger: {} });
    const early = worker.stream('count', [1]);
    expect(await rejection(early.next())).toMatchObject({
      code: 'ERR_WORKER_NOT_READY',
      function: 'count',
      script: SCRIPT,
    });
    await worker.initialize();
    const stream = worker.stream(null, [2], { highWaterMark: 1 });
    expect(worker.isBusy()).toBe(true);
    const second = worker.stream('count', [1]);
    expect((await rejection(second.result)).code).toBe('ERR_WORKER_BUSY');
    expect((await rejection(worker.call('echo'))).code).toBe('ERR_WORKER_BUSY');
    expect(await drained(stream)).toEqual({ values: [0, 1] });
    expect(await stream.result).toEqual({ stopped: 2 });
    expect(thrown(() => worker.stream('count', [], { retries: 1 } as never)).code).toBe(
      'ERR_INVALID_ARGUMENT',
    );
  });
});

describe('the log of a stream', () => {
  it('reaches onLog and the logger with the call and its tags, until the stream ends', async () => {
    const file = path.join(tempFolder(), 'notes');
    const lines: unknown[] = [];
    const logger = {
      info: (message: string, { call }: { call?: object }) => lines.push([message, call]),
    };
    await within(
      async (pool) => {
        const records: unknown[] = [];
        const tags = { user: 7 };
        const onLog = ({ message, call }: { message: string; call?: { tags: object } }) =>
          records.push([message, call?.tags]);
        const stream = pool.stream('talk', [file], { highWaterMark: 1, tags, onLog });
        await stream.next();
        await stream.next();
        await eventually('the second', () => records.length === 3);
        expect(records).toEqual([
          ['begin', tags],
          ['first', tags],
          ['second', tags],
        ]);
        await stream.return();
        await eventually('its end', () => linesOf(file).length > 0);
        await eventually('its last line', () => lines.length === 3);
        expect(records).toHaveLength(3);
        const call = { id: expect.any(Number), function: 'talk', tags };
        expect(lines.slice(0, 2)).toEqual([
          ['first', call],
          ['second', call],
        ]);
      },
      { logger },
    );
  });
});
