/** Scripts that use another event loop than that of asyncio, or that change it. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  eventually,
  fixture,
  gate,
  onUnix,
  rejection,
  tempFolder,
  withPool,
  workersWith,
} from '../support';

const libraries = workersWith('asyncio');

libraries.describe('a script', () => {
  onUnix.describe.each([
    ['uvloop.install', 'uvloop.Loop'],
    ['uvloop.EventLoopPolicy', 'uvloop.Loop'],
    ['nest_asyncio.apply', 'asyncio.unix_events._UnixSelectorEventLoop'],
  ])('that calls %s', (library, loop) => {
    const withMany = (
      body: (pool: PythonWorkerPool) => Promise<void>,
      options: PythonWorkerPoolOptions = { concurrencyPerWorker: 20 },
    ) => withOneWorker(library, options, body);

    it('has its calls run in that loop, one after the other or many at a time', async () => {
      for (const options of [{}, { concurrencyPerWorker: 20 }, { threadsPerWorker: 2 }]) {
        await withMany(async (pool) => {
          expect(await pool.execute('loop_name')).toBe(loop);
          expect(await pool.execute('run_own_loop', [1])).toBe(1);
          expect(await pool.execute('in_executor')).toBe(true);
          expect(await pool.execute('loop_name')).toBe(loop);
        }, options);
      }
    });

    it('has many of them in flight, each with its own context variables', async () => {
      await withMany(async (pool) => {
        const door = gate();
        const calls = numbers(20).map((i) => pool.execute('set_and_get', [door.path, i]));
        await door.reached(20);
        expect(await pool.execute('plain', ['x'])).toBe('x');
        expect(await pool.execute('run_own_loop', ['y'])).toBe('y');
        door.open();
        expect(await Promise.all(calls)).toEqual(numbers(20));
      });
    });

    it('has its loop run while nothing is called', async () => {
      await withMany(async (pool) => {
        const beats = path.join(tempFolder(), 'beats');
        await pool.execute('start_heart', [beats]);
        await eventually('50 beats', () => existsSync(beats));
      });
    });

    it.each([{}, { concurrencyPerWorker: 20 }])(
      'keeps its worker when a call is aborted or times out: %o',
      async (options) => {
        await withMany(async (pool) => {
          // By this call, the host knows the kind of the function.
          const open = gate();
          open.open();
          await pool.execute('wait_and_note', [open.path, 'first']);
          const never = gate();
          const controller = new AbortController();
          const { signal } = controller;
          const aborted = rejection(
            pool.execute('wait_and_note', [never.path, 'aborted'], { signal }),
          );
          await never.reached(1);
          controller.abort();
          expect((await aborted).code).toBe('ABORT_ERR');
          const late = pool.execute('wait_and_note', [never.path, 'late'], { timeout: 300 });
          const error = await rejection(late);
          expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', started: true });
          expect(error.pythonStack).toMatch(/in wait_and_note[\s\S]*in wait\b/);
          expect(await pool.execute('ended')).toEqual(['first', 'aborted', 'late']);
        }, options);
      },
    );

    it('keeps its worker when a call that blocks times out, and its other calls', async () => {
      await withMany(async (pool) => {
        const door = gate();
        const others = numbers(3).map((i) => pool.execute('wait', [door.path, i]));
        await door.reached(3);
        const blocks = pool.execute('block', [gate().path, 60], { timeout: 300 });
        const error = await rejection(blocks);
        expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', started: true });
        expect(error.pythonStack).toContain('in block');
        door.open();
        expect(await Promise.all(others)).toEqual(numbers(3));
      });
    });
  });

  describe.each([
    ['nest_asyncio.apply', 'run_nested'],
    ['', 'apply_and_run_nested'],
  ])('that applies nest_asyncio in %j may run its loop inside of a call: %s', (library, name) => {
    it.each([{}, { concurrencyPerWorker: 8 }])('%o', async (options) => {
      await withOneWorker(library, options, async (pool) => {
        const [first, second] = [gate(), gate()];
        const calls = [pool.execute(name, [first.path, 1])];
        await first.reached(1);
        calls.push(pool.execute('plain', [2]), pool.execute('run_nested', [second.path, 3]));
        first.open();
        second.open();
        calls.push(pool.execute('run_own_loop', [4]));
        expect(await Promise.all(calls)).toEqual([1, 2, 3, 4]);
      });
    });

    it('beside others, and plain calls wait until it no longer does', async () => {
      await withOneWorker(library, { concurrencyPerWorker: 8 }, async (pool) => {
        const door = gate();
        const nested = pool.execute(name, [door.path, 0]);
        await door.reached(1);
        const others = [1, 2].map((i) => pool.execute('wait', [door.path, i]));
        await door.reached(3);
        const plain = [3, 4].map((i) => pool.execute('plain', [i]));
        door.open();
        expect(await Promise.all([nested, ...others, ...plain])).toEqual([0, 1, 2, 3, 4]);
      });
    });
  });
});

/** A pool whose worker must be the same at the end. */
async function withOneWorker(
  library: string,
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<void>,
): Promise<void> {
  const extraEnv = { TEST_LIBRARY: library };
  const script = fixture('runs_in_other_loops.py');
  await withPool(script, { ...libraries.options, extraEnv, ...options }, async (pool) => {
    const pid = await pool.execute('pid');
    await body(pool);
    expect(await pool.execute('pid')).toBe(pid);
  });
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
