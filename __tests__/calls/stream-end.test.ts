/** How streams end early: left, aborted, timed out, collected, or with their pool. */

import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  captureLogger,
  drained,
  eventually,
  fixture,
  gate,
  linesOf,
  processesOf,
  rejection,
  runHost,
  startHost,
  tempFolder,
  withPool,
} from '../support';

const SCRIPT = fixture('streams_items.py');
const DONE = { value: undefined, done: true };

const notes = () => path.join(tempFolder(), 'notes');
const closed = (file: string) => eventually('the end of the generator', () => linesOf(file)[0]);

/** Runs `body`, after which the pool must have the same worker, with a free place. */
async function withOneWorker(
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<void>,
): Promise<void> {
  await withPool(SCRIPT, options, async (pool) => {
    const pid = await pool.execute('pid');
    await body(pool);
    expect(await drained(pool.stream('count', [2]))).toEqual({ values: [0, 1] });
    expect(await drained(pool.stream('count_async', [2]))).toEqual({ values: [0, 1] });
    expect(await pool.execute('pid')).toBe(pid);
  });
}

const KINDS: [string, string, PythonWorkerPoolOptions][] = [
  ['a generator', '', {}],
  ['an async generator', '_async', {}],
  ['a generator in a thread', '', { threadsPerWorker: 4 }],
  ['an async generator among others', '_async', { concurrencyPerWorker: 4 }],
];

describe.each(KINDS)('%s', (_, suffix, options) => {
  it('is closed when its loop is left, and its worker goes on', async () => {
    await withOneWorker(options, async (pool) => {
      const file = notes();
      const stream = pool.stream(`endless${suffix}`, [file]);
      for await (const value of stream) {
        if (value === 100) {
          break;
        }
      }
      expect(await closed(file)).toBe('closed');
      expect(await stream.next()).toEqual(DONE);
      expect(await rejection(stream.result)).toMatchObject({
        code: 'ABORT_ERR',
        name: 'AbortError',
        started: true,
        worker: { index: 0, pid: expect.any(Number) },
      });
    });
  });

  it('is closed when its loop throws', async () => {
    await withOneWorker(options, async (pool) => {
      const file = notes();
      const error = new Error('mine');
      const loop = async () => {
        for await (const _item of pool.stream(`endless${suffix}`, [file])) {
          throw error;
        }
      };
      expect(await rejection(loop())).toBe(error);
      await closed(file);
    });
  });

  it('is closed by return() while it waits for its consumer', async () => {
    await withOneWorker(options, async (pool) => {
      const file = notes();
      const stream = pool.stream(`endless${suffix}`, [file], { highWaterMark: 1 });
      await stream.next();
      await pause(50);
      expect(linesOf(file)).toEqual([]);
      expect(await stream.return('v')).toEqual({ value: 'v', done: true });
      await closed(file);
    });
  });

  it('is closed by its signal, which drops what is buffered', async () => {
    await withOneWorker(options, async (pool) => {
      const file = notes();
      const controller = new AbortController();
      const { signal } = controller;
      const stream = pool.stream(`endless${suffix}`, [file], { signal });
      await stream.next();
      controller.abort('why');
      expect(await rejection(stream.next())).toMatchObject({
        code: 'ABORT_ERR',
        cause: 'why',
        started: true,
        function: `endless${suffix}`,
        script: SCRIPT,
      });
      expect(await stream.next()).toEqual(DONE);
      expect((await rejection(stream.result)).cause).toBe('why');
      await closed(file);
    });
  });

  it('that has no item in time fails with ERR_ITEM_TIMEOUT, and is closed', async () => {
    await withOneWorker(options, async (pool) => {
      const file = notes();
      const door = gate();
      const args = [2, door.path, file];
      const stream = pool.stream(`wait_after${suffix}`, args, { itemTimeout: 700 });
      const { values, error } = await drained(stream);
      expect(values).toEqual([0, 1]);
      expect(error).toMatchObject({ code: 'ERR_ITEM_TIMEOUT', timeout: 700, started: true });
      door.open(); // It sees the cancel at its next item.
      await closed(file);
    });
  });

  it('ends with ERR_CALL_TIMEOUT when the whole takes too long', async () => {
    await withOneWorker(options, async (pool) => {
      const file = notes();
      const stream = pool.stream(`endless${suffix}`, [file], { timeout: 300 });
      const { error } = await drained(stream);
      expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', timeout: 300, started: true });
      await closed(file);
    });
  });

  it('is closed by the end of `await using`', async () => {
    await withOneWorker(options, async (pool) => {
      const file = notes();
      {
        const stream = pool.stream(`endless${suffix}`, [file]);
        await stream.next();
        // As `await using` does, which Node.js 20 cannot parse.
        await (Symbol.asyncDispose ? stream[Symbol.asyncDispose]() : stream.return());
      }
      await closed(file);
    });
  });
});

it('is closed when a Node.js stream made of it is destroyed, or fails', async () => {
  await withOneWorker({}, async (pool) => {
    const [first, second] = [notes(), notes()];
    const readable = Readable.from(pool.stream('endless', [first]));
    for await (const value of readable) {
      if (value === 10) {
        break;
      }
    }
    await closed(first);
    const full = new Writable({
      objectMode: true,
      write: (value, _encoding, done) => done(value === 10 ? new Error('full') : null),
    });
    const error = await rejection(pipeline(pool.stream('endless', [second]), full));
    expect(error.message).toBe('full');
    await closed(second);
    const all = Readable.from(pool.stream('count', [1000]));
    expect(await all.toArray()).toHaveLength(1000);
  });
});

it('an async generator is closed while it awaits', async () => {
  await withOneWorker({ concurrencyPerWorker: 2 }, async (pool) => {
    const file = notes();
    const door = gate();
    const stream = pool.stream('wait_after_async', [1, door.path, file]);
    await stream.next();
    await door.reached();
    await stream.return();
    await closed(file);
  });
});

it('a generator that blocks is interrupted after 2 s', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const file = notes();
    const door = gate();
    const stream = pool.stream('wait_after', [1, door.path, file]);
    await stream.next();
    await door.reached();
    await stream.return();
    await closed(file);
    expect(await pool.execute('echo', [1])).toBe(1);
  });
});

it('what a `finally` block raises is logged', async () => {
  const { logger, lines } = captureLogger();
  await withPool(SCRIPT, { logger }, async (pool) => {
    const file = notes();
    const stream = pool.stream('fail_in_finally', [file], { highWaterMark: 1 });
    await stream.next();
    await stream.return();
    await closed(file);
    await eventually('the log', () =>
      lines.find(({ message }) => message.includes('ValueError: in finally')),
    );
    expect(await pool.execute('echo', [1])).toBe(1);
  });
});

describe('a queued stream', () => {
  it('that is left or aborted never reaches Python', async () => {
    await withOneWorker({}, async (pool) => {
      const file = notes();
      const door = gate();
      const running = pool.stream('wait_after', [0, door.path, notes()]);
      await door.reached();
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = pool.stream('ahead', [file, 1], { signal });
      const left = pool.stream('ahead', [file, 1]);
      const error = rejection(aborted.next());
      controller.abort();
      await left.return();
      expect(await error).toMatchObject({ code: 'ABORT_ERR', started: false });
      expect(await rejection(left.result)).toMatchObject({ code: 'ABORT_ERR', started: false });
      door.open();
      await drained(running);
      expect(await pool.execute('echo', [1])).toBe(1);
      expect(linesOf(file)).toEqual([]);
    });
  });

  it('that waits longer than itemTimeout says that it has not started', async () => {
    await withOneWorker({}, async (pool) => {
      const door = gate();
      const running = pool.stream('wait_after', [0, door.path, notes()]);
      await door.reached();
      const error = await rejection(pool.stream('count', [1], { itemTimeout: 50 }).next());
      expect(error).toMatchObject({ code: 'ERR_ITEM_TIMEOUT', timeout: 50, started: false });
      expect(error.hint).toMatch(/Add workers/);
      door.open();
      await drained(running);
    });
  });
});

it("itemTimeout is the pool's timeout by default, which does not limit the whole stream", async () => {
  await withOneWorker({ timeout: 1000 }, async (pool) => {
    const file = notes();
    const door = gate();
    const stream = pool.stream('wait_after_async', [3, door.path, file]);
    for (const value of [0, 1, 2]) {
      await pause(400);
      expect((await stream.next()).value).toBe(value);
    }
    expect(await rejection(stream.next())).toMatchObject({
      code: 'ERR_ITEM_TIMEOUT',
      timeout: 1000,
    });
    await closed(file);
  });
});

it('interrupt: false lets a stream that has begun go on after an abort, but not after it was left', async () => {
  await withOneWorker({}, async (pool) => {
    const file = notes();
    const controller = new AbortController();
    const options = { signal: controller.signal, interrupt: false, highWaterMark: 2 };
    const stream = pool.stream('endless', [file], options);
    await stream.next();
    controller.abort();
    for (const value of [1, 2, 3, 4, 5]) {
      expect((await stream.next()).value).toBe(value);
    }
    expect(linesOf(file)).toEqual([]);
    await stream.return();
    await closed(file);
  });
});

it('shutdown() ends streams with ERR_POOL_CLOSED, after what is buffered; a drain waits for them', async () => {
  const file = notes();
  await withPool(SCRIPT, {}, async (pool) => {
    const stream = pool.stream('endless', [file], { highWaterMark: 2 });
    expect((await stream.next()).value).toBe(0);
    await pause(50);
    const end = pool.shutdown();
    const { error } = await drained(stream);
    expect(error).toMatchObject({ code: 'ERR_POOL_CLOSED', started: true });
    await end;
  });
  await withPool(SCRIPT, {}, async (pool) => {
    const stream = pool.stream('count', [1000]);
    expect((await stream.next()).value).toBe(0);
    const end = pool.shutdown({ drain: true });
    expect((await drained(stream)).values).toHaveLength(999);
    expect(await stream.result).toEqual({ stopped: 1000 });
    await end;
  });
});

it('many streams with one signal add one listener to it', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  await withOneWorker({ concurrencyPerWorker: 20 }, async (pool) => {
    const controller = new AbortController();
    const files = Array.from({ length: 15 }, notes);
    const streams = files.map((file) =>
      pool.stream('endless_async', [file], { signal: controller.signal }),
    );
    await Promise.all(streams.map((stream) => stream.next()));
    controller.abort();
    const errors = await Promise.all(streams.map((stream) => rejection(stream.next())));
    expect(errors.map(({ code }) => code)).toEqual(files.map(() => 'ABORT_ERR'));
    await Promise.all(files.map(closed));
  });
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

describe('a stream that is no longer referenced', () => {
  it('is closed when it is collected, unless it is awaited', async () => {
    const file = notes();
    const door = gate();
    const argument = { script: SCRIPT, file, gate: door.path };
    const host = startHost('drops-streams.cjs', argument, { execArgv: ['--expose-gc'] });
    processesOf(host, await host.reported('pid'));
    await host.reported('collected');
    expect(linesOf(file)).toEqual(['closed']);
    door.open();
    expect(await host.reported('awaited')).toEqual([{ value: 'late', done: false }, null]);
    // One that is dropped with its pool does not keep that from being collected.
    processesOf(host, await host.reported('dropped'));
    expect(await host.reported('ended')).toBe(false);
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('Node.js', () => {
  it('does not wait for a stream that is not read', async () => {
    const { code, stdout, stderr } = await runHost('returns-with-stream.cjs', {
      script: SCRIPT,
      file: notes(),
      awaits: 'nothing',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('returned true\nempty true\n');
  });

  it.each(['next', 'result'])('waits while %s is awaited', async (awaits) => {
    const door = gate();
    const argument = { script: SCRIPT, file: notes(), gate: door.path, awaits };
    const host = startHost('returns-with-stream.cjs', argument);
    await door.reached();
    door.open();
    const { code, stdout, stderr } = await host.exit();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('returned true\nsettled true\nempty true\n');
  });
});
