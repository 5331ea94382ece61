/** Calls that end early in a worker that goes on: async calls, and plain ones with `keepInterruptedWorker`. */

import { setTimeout as pause } from 'node:timers/promises';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  gate,
  newPool,
  onUnix,
  rejection,
  withPool,
  withStack,
} from '../support';

/** A call that was cancelled has 2 s to end. No event tells that they are over. */
const GRACE_MS = 2500;
const SCRIPT = fixture('runs_many_calls.py');

interface Aborted {
  error: Promise<{ code: string }>;
  abort(): void;
}

function abortable(pool: PythonWorkerPool, name: string, args: unknown[]): Aborted {
  const controller = new AbortController();
  const error = rejection(pool.execute(name, args, { signal: controller.signal }));
  return { error, abort: () => controller.abort() };
}

/** A body that must leave the pool with the same worker. */
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

onUnix.describe.each([1, 8])('with concurrencyPerWorker %i, an async call', (many) => {
  it('that is aborted runs its `finally` blocks, and its worker goes on', async () => {
    await withOneWorker({ concurrencyPerWorker: many }, async (pool) => {
      // On a busy machine, the host may not know yet in the first call that the function is async.
      const open = gate();
      open.open();
      await pool.execute('wait_and_note', [open.path, 'first']);
      const door = gate();
      const { error, abort } = abortable(pool, 'wait_and_note', [door.path, 'aborted']);
      await door.reached(1);
      abort();
      expect((await error).code).toBe('ABORT_ERR');
      const ended = () => pool.execute('ended');
      await eventually('its end', async () => (await ended()).includes('aborted'));
    });
  });

  it('that times out does as well, and its error says where it waited', async () => {
    await withOneWorker({ concurrencyPerWorker: many }, async (pool) => {
      const door = gate();
      const call = pool.execute('wait_and_note', [door.path, 'late'], { timeout: 300 });
      const error = await rejection(call);
      expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', started: true });
      expect(error.pythonStack).toMatch(/in wait_and_note[\s\S]*in wait\b/);
      expect(await pool.execute('ended')).toEqual(['late']);
    });
  });

  it('that blocks is interrupted', async () => {
    await withOneWorker({ concurrencyPerWorker: many }, async (pool) => {
      const error = await rejection(pool.execute('block', [gate().path, 60], { timeout: 300 }));
      expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', started: true });
      expect(error.pythonStack).toContain('in block');
      expect(await pool.execute('echo', ['next'])).toBe('next');
    });
  });

  it('that does not end within 2 s has its worker replaced', async () => {
    const { logger, messages } = captureLogger();
    // As the default function, it is known to be async before its first call.
    const pool = newPool(SCRIPT, { concurrencyPerWorker: many, logger }, 'stubborn');
    await pool.initialize();
    const pid = await pool.execute('pid');
    const never = gate();
    const { error, abort } = abortable(pool, 'stubborn', [never.path]);
    await never.reached(1);
    abort();
    expect((await error).code).toBe('ABORT_ERR');
    await eventually('another worker', async () => (await pool.execute('pid')) !== pid);
    expect(messages('warn').join()).toContain('did not end within 2000 ms');
  });
});

onUnix.describe('beside other calls', () => {
  it('an abort of call 17 of 200 leaves the 199 others right, and each runs once', async () => {
    await withOneWorker({ concurrencyPerWorker: 200 }, async (pool) => {
      const door = gate();
      const controller = new AbortController();
      const calls = Array.from({ length: 200 }, (_, i) =>
        pool.execute('wait', [door.path, i], i === 17 ? { signal: controller.signal } : {}),
      );
      await door.reached(200);
      controller.abort();
      expect((await rejection(calls[17] as Promise<unknown>)).code).toBe('ABORT_ERR');
      door.open();
      const settled = await Promise.allSettled(calls);
      const values = settled.map((one) => (one.status === 'fulfilled' ? one.value : 'aborted'));
      const expected = Array.from({ length: 200 }, (_, i) => (i === 17 ? 'aborted' : i));
      expect(values).toEqual(expected);
      expect(door.waiters()).toHaveLength(200);
    });
  });

  it('a call that stays lets the others finish before its worker ends', async () => {
    const options = { concurrencyPerWorker: 3, workers: 1 };
    await withPool(SCRIPT, options, async (pool) => {
      const pid = await pool.execute('pid');
      const [never, door] = [gate(), gate()];
      const neighbor = pool.execute('wait', [door.path, 'neighbor']);
      const stubborn = pool.execute('stubborn', [never.path], { timeout: 200 });
      await door.reached(1);
      expect((await rejection(stubborn)).code).toBe('ERR_CALL_TIMEOUT');
      // It gets no more calls from 2 s on; this one waits for the next worker.
      await pause(GRACE_MS);
      const next = pool.execute('pid');
      door.open();
      expect(await neighbor).toBe('neighbor');
      expect(await next).not.toBe(pid);
    });
  });

  it('one that has not started does not wait for a call that stays', async () => {
    await withPool(SCRIPT, { concurrencyPerWorker: 3 }, async (pool) => {
      const pid = await pool.execute('pid');
      const never = gate();
      const stubborn = pool.execute('block_stubbornly', [never.path], { timeout: 200 });
      await never.reached(1);
      // The others in that worker would have 10 s.
      const next = pool.execute('pid', [], { timeout: 8000 });
      expect((await rejection(stubborn)).code).toBe('ERR_CALL_TIMEOUT');
      expect(await next).not.toBe(pid);
    });
  });

  it('a call that stays and ends late after all keeps its worker', async () => {
    await withOneWorker({ concurrencyPerWorker: 3 }, async (pool) => {
      const [end, door] = [gate(), gate()];
      const neighbor = pool.execute('wait', [door.path, 'neighbor']);
      const stubborn = pool.execute('stubborn', [end.path], { timeout: 300 });
      await door.reached(1);
      expect((await rejection(stubborn)).code).toBe('ERR_CALL_TIMEOUT');
      await pause(GRACE_MS);
      end.open();
      await pool.execute('echo', ['goes on']);
      door.open();
      expect(await neighbor).toBe('neighbor');
    });
  });
});

onUnix.describe('keepInterruptedWorker', () => {
  it('keeps the worker of a plain call that ends when it is interrupted', async () => {
    await withOneWorker({ keepInterruptedWorker: true }, async (pool) => {
      const never = gate();
      const { error, abort } = abortable(pool, 'wait_in_thread', [never.path]);
      await never.reached(1);
      abort();
      expect((await error).code).toBe('ABORT_ERR');
      const late = pool.execute('wait_in_thread', [never.path], { timeout: 200 });
      const timeout = await rejection(late);
      expect(timeout).toMatchObject({ code: 'ERR_CALL_TIMEOUT', started: true });
      expect(timeout.pythonStack).toContain('in wait_in_thread');
    });
  });

  it('is off by default', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const pid = await pool.execute('pid');
      const never = gate();
      const { error, abort } = abortable(pool, 'wait_in_thread', [never.path]);
      await never.reached(1);
      abort();
      expect((await error).code).toBe('ABORT_ERR');
      expect(await pool.execute('pid')).not.toBe(pid);
    });
  });
});

describe('in a thread', () => {
  const withThreads = (body: (pool: PythonWorkerPool) => Promise<void>) =>
    withOneWorker({ threadsPerWorker: 4 }, body);

  it('a call that times out says where it is, and harms no other that computes', async () => {
    await withThreads(async (pool) => {
      const door = gate();
      const others = [1, 2].map((value) => pool.execute('compute', [door.path, value]));
      await door.reached(2);
      for (let round = 0; round < 10; round++) {
        const error = await withStack(async () => {
          const end = gate();
          const late = rejection(pool.execute('compute', [end.path], { timeout: 300 }));
          await end.reached(1);
          await late;
          end.open();
          return late;
        });
        expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', started: true });
        expect(error.pythonStack).toMatch(
          /^ {2}File ".*runs_many_calls\.py", line \d+, in compute\n/,
        );
        expect(error.pythonStack).not.toContain('_python_worker_pool');
      }
      door.open();
      expect(await Promise.all(others)).toEqual([1, 2]);
    });
  });

  it('so does a stream that does not come to its next item', async () => {
    await withThreads(async (pool) => {
      const error = await withStack(async () => {
        const end = gate();
        const stream = pool.stream('compute_items', [end.path], { timeout: 300 });
        const late = rejection(stream.next());
        await end.reached(1);
        await late;
        end.open();
        return late;
      });
      expect(error.code).toBe('ERR_CALL_TIMEOUT');
      expect(error.pythonStack).toMatch(/in compute_items\n(.*\n)*.* in compute\n/);
    });
  });
});
