/** Streams of generators that misbehave, and consumers that do. */

import path from 'node:path';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  allGoneSoon,
  captureLogger,
  drained,
  eventually,
  fixture,
  linesOf,
  onUnix,
  processesOf,
  rejection,
  startHost,
  tempFolder,
  withPool,
} from '../support';

const SCRIPT = fixture('streams_faults.py');
const MEBIBYTE = 2 ** 20;

const notes = () => path.join(tempFolder(), 'notes');

/** Runs `body`, after which the pool must have the same worker. */
async function withOneWorker(
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<void>,
): Promise<void> {
  await withPool(SCRIPT, options, async (pool) => {
    const pid = await pool.execute('pid');
    await body(pool);
    expect(await pool.execute('pid')).toBe(pid);
  });
}

onUnix.it('a generator that never yields is interrupted after it was left', async () => {
  await withOneWorker({}, async (pool) => {
    const file = notes();
    const stream = pool.stream('never', [file]);
    const step = stream.next();
    await eventually('its beginning', () => linesOf(file)[0]);
    await stream.return();
    expect(await step).toEqual({ value: undefined, done: true });
    await eventually('its end', () => linesOf(file)[1]);
  });
});

it('an item above maxPayload ends the stream with ERR_PAYLOAD_TOO_LARGE, and closes the generator', async () => {
  await withOneWorker({ maxPayload: MEBIBYTE }, async (pool) => {
    const file = notes();
    const { values, error } = await drained(pool.stream('large', [2 * MEBIBYTE, file]));
    expect(values).toEqual([]);
    expect(error).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: MEBIBYTE });
    await eventually('its end', () => linesOf(file)[0]);
  });
});

it('large items arrive whole, one at a time', async () => {
  await withOneWorker({}, async (pool) => {
    const sizes = [];
    for await (const item of pool.stream('large', [16 * MEBIBYTE, notes()])) {
      sizes.push(item.length);
      if (sizes.length === 5) {
        break;
      }
    }
    expect(sizes).toEqual(Array(5).fill(16 * MEBIBYTE));
  });
});

it('a generator that goes on after GeneratorExit is told, and its worker goes on', async () => {
  const { logger, lines } = captureLogger();
  await withOneWorker({ logger }, async (pool) => {
    const stream = pool.stream('stays', [], { highWaterMark: 1 });
    expect((await stream.next()).value).toBe(1);
    await stream.return();
    await eventually('the log', () =>
      lines.find(({ message }) => message.includes('generator ignored GeneratorExit')),
    );
  });
});

it.each([
  ['exits_after', 'SystemExit'],
  ['interrupts_after', 'KeyboardInterrupt'],
])('%s is an exception like any other', async (name, pythonType) => {
  await withOneWorker({}, async (pool) => {
    const { values, error } = await drained(pool.stream(name, [3]));
    expect(values).toEqual([0, 1, 2]);
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType });
  });
});

it('an iterator that fails, and then cannot be closed, fails with its first error', async () => {
  await withOneWorker({}, async (pool) => {
    const { values, error } = await drained(pool.stream('broken'));
    expect(values).toEqual([1, 0]);
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'broken' });
  });
});

it('streams and calls of one worker have their turns beside one that never pauses', async () => {
  await withOneWorker({ concurrencyPerWorker: 8 }, async (pool) => {
    const all = drained(pool.stream('burst', [20_000], { highWaterMark: 65_535 }));
    const streams = Array.from({ length: 4 }, (_, index) =>
      drained(pool.stream('burst', [100 * (index + 1)])),
    );
    expect(await pool.execute('nap', [0.01])).toBe('awake');
    const counts = (await Promise.all(streams)).map(({ values }) => values.length);
    expect(counts).toEqual([100, 200, 300, 400]);
    expect((await all).values).toHaveLength(20_000);
  });
});

it('a crash fails all streams of its worker once, after their items', async () => {
  await withPool(SCRIPT, { concurrencyPerWorker: 8, threadsPerWorker: 2 }, async (pool) => {
    const streams = Array.from({ length: 5 }, () => pool.stream('endless_async'));
    for (const stream of streams) {
      expect((await stream.next()).value).toBe(0);
    }
    const crash = rejection(pool.execute('crash'));
    for (const stream of streams) {
      const { values, error } = await drained(stream);
      expect(values).toEqual(values.map((_, index) => index + 1));
      expect(error).toMatchObject({
        code: 'ERR_WORKER_CRASHED',
        started: true,
        collateral: true,
      });
      expect(await stream.next()).toEqual({ value: undefined, done: true });
    }
    expect((await crash).code).toBe('ERR_WORKER_CRASHED');
    expect(await pool.execute('echo', [1])).toBe(1);
  });
});

it.each(['endless', 'endless_async'])(
  'a host that is killed in the middle of %s leaves nothing',
  async (name) => {
    const host = startHost('streams-on.cjs', { script: SCRIPT, name });
    const pids = processesOf(host, await host.reported('pid'));
    await host.reported('flows');
    host.kill('SIGKILL');
    await host.exit();
    await allGoneSoon(pids);
  },
);
