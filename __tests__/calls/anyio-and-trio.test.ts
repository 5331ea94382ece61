/** Calls that use anyio, and plain functions that run a loop of trio's. */

import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import { eventually, fixture, gate, onUnix, rejection, withPool, workersWith } from '../support';

const libraries = workersWith('asyncio');

/** An aborted call, once it has reached the gate. */
async function abortAtGate(pool: PythonWorkerPool, name: string, args: unknown[] = [name]) {
  const never = gate();
  const controller = new AbortController();
  const { signal } = controller;
  const error = rejection(pool.execute(name, [never.path, ...args], { signal }));
  await never.reached(args.flat().length);
  controller.abort();
  expect((await error).code).toBe('ABORT_ERR');
}

/** A gate that is open. */
function openGate(): string {
  const door = gate();
  door.open();
  return door.path;
}

libraries.describe('a call that uses anyio', () => {
  const withAnyio = (
    body: (pool: PythonWorkerPool) => Promise<void>,
    options: PythonWorkerPoolOptions = { concurrencyPerWorker: 8 },
  ) =>
    withPool(fixture('uses_anyio.py'), { ...libraries.options, ...options }, async (pool) => {
      const pid = await pool.execute('pid');
      await body(pool);
      expect(await pool.execute('pid')).toBe(pid);
    });

  it('has task groups of its own', async () => {
    await withAnyio(async (pool) => {
      const door = gate();
      const calls = ['a', 'b', 'c'].map((name) =>
        pool.execute('group', [door.path, [name, `${name}2`]]),
      );
      await door.reached(6);
      door.open();
      expect(await Promise.all(calls)).toEqual([
        ['a', 'a2'],
        ['b', 'b2'],
        ['c', 'c2'],
      ]);
    });
  });

  it('fails alone with what a task in its group raises', async () => {
    await withAnyio(async (pool) => {
      const door = gate();
      const fails = rejection(pool.execute('fails_in_group', [door.path]));
      const other = pool.execute('group', [door.path, [1, 2]]);
      await door.reached(3);
      door.open();
      const error = await fails;
      expect(error.pythonType).toMatch(/ExceptionGroup$/);
      expect(error.traceback).toContain('ValueError: of a child');
      expect(await other).toEqual([1, 2]);
    });
  });

  it('has cancel scopes of its own, and threads', async () => {
    await withAnyio(async (pool) => {
      const calls = [1, 2, 3].map((i) => pool.execute('moves_on', [i / 100]));
      expect(await pool.execute('in_thread', ['text'])).toBe('TEXT');
      expect(await Promise.all(calls)).toEqual([true, true, true]);
    });
  });

  it('may be plain and run a loop of its own', async () => {
    await withAnyio(async (pool) => {
      expect(await pool.execute('run', ['first'])).toBe('first');
      expect(await pool.execute('moves_on', [0])).toBe(true);
      expect(await pool.execute('run', ['second'])).toBe('second');
      expect(await pool.execute('moves_on', [0])).toBe(true);
    });
  });

  onUnix.it.each([{}, { concurrencyPerWorker: 8 }])(
    'has all tasks of its group cancelled when it is aborted: %o',
    async (options) => {
      await withAnyio(async (pool) => {
        await pool.execute('group_of_noted', [openGate(), ['first']]);
        await abortAtGate(pool, 'group_of_noted', [['a', 'b', 'c']]);
        await eventually('their ends', async () => {
          const ended = await pool.execute<string[]>('ended');
          return ended.slice(1).sort().join() === 'a,b,c';
        });
      }, options);
    },
  );
});

libraries.describe('a plain function that runs trio', () => {
  const withTrio = (
    options: PythonWorkerPoolOptions,
    body: (pool: PythonWorkerPool) => Promise<void>,
  ) => withPool(fixture('uses_trio.py'), { ...libraries.options, ...options }, body);

  it('works before, after and beside async calls', async () => {
    await withTrio({ concurrencyPerWorker: 4 }, async (pool) => {
      expect(await pool.execute('run', [openGate(), 'first'])).toBe('first');
      const door = gate();
      const waiting = [1, 2].map((i) => pool.execute('wait', [door.path, i]));
      await door.reached(2);
      expect(await pool.execute('run', [openGate(), 'second'])).toBe('second');
      door.open();
      expect(await Promise.all(waiting)).toEqual([1, 2]);
      expect(await pool.execute('run', [openGate(), 'third'])).toBe('third');
    });
  });

  it('works in threads, several at a time', async () => {
    await withTrio({ threadsPerWorker: 3, concurrencyPerWorker: 2 }, async (pool) => {
      // By this call, the host knows the kind of the function.
      await pool.execute('wait', [openGate()]);
      const door = gate();
      const calls = [1, 2, 3].map((i) => pool.execute('run', [door.path, i]));
      calls.push(pool.execute('wait', [door.path, 4]));
      await door.reached(4);
      door.open();
      expect(await Promise.all(calls)).toEqual([1, 2, 3, 4]);
    });
  });

  onUnix.it.each([{}, { concurrencyPerWorker: 4 }])(
    'cleans up when it is aborted, also after an async call: %o',
    async (options) => {
      const keep = { keepInterruptedWorker: true };
      await withTrio({ ...options, ...keep }, async (pool) => {
        const pid = await pool.execute('pid');
        await abortAtGate(pool, 'run_and_note', ['plain']);
        await pool.execute('wait', [openGate(), 1]);
        await abortAtGate(pool, 'run_and_note', ['after an async call']);
        expect(await pool.execute('ended')).toEqual(['plain', 'after an async call']);
        expect(await pool.execute('pid')).toBe(pid);
      });
    },
  );
});
