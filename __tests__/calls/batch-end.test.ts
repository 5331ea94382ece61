/** Calls of a batch that end early: aborts, timeouts, crashes and the end of the pool. */

import path from 'node:path';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  batchOf,
  eventually,
  fixture,
  gate,
  onUnix,
  outcomesOf,
  rejection,
  tempFolder,
  whileBusy,
  withFullBatches,
  withPool,
} from '../support';

/** Ways to run a function that waits at a gate. */
const HELD: [string, 'held' | 'held_async', PythonWorkerPoolOptions][] = [
  ['a plain function', 'held', {}],
  ['a thread', 'held', { threadsPerWorker: 2 }],
  ['an async function', 'held_async', {}],
  ['an async function among others', 'held_async', { concurrencyPerWorker: 4 }],
];

const firstOf = (result: unknown) => (Array.isArray(result) ? result[0] : result);
const pidOf = (pool: PythonWorkerPool): Promise<number> => pool.execute('pid');

describe.each(HELD)('in %s', (_, name, options) => {
  it('an aborted call rejects at once, and the others go on', async () => {
    await withFullBatches(
      3,
      async (pool) => {
        const pid = await pidOf(pool);
        const door = gate();
        const controller = new AbortController();
        const { signal } = controller;
        const calls = [
          pool.execute(name, [door.path, 'a']),
          pool.execute(name, [door.path, 'b'], { signal }),
          pool.execute(name, [door.path, 'c']),
        ];
        await door.reached();
        controller.abort(new Error('mine'));
        const error = await rejection(calls[1]);
        expect(error).toMatchObject({ code: 'ABORT_ERR', started: true, function: name });
        expect(error.cause).toMatchObject({ message: 'mine' });
        door.open();
        expect((await outcomesOf(calls)).map(firstOf)).toEqual(['a', 'ABORT_ERR', 'c']);
        expect(await pidOf(pool)).toBe(pid);
      },
      options,
    );
  });

  it('a call that times out rejects, and the others go on', async () => {
    await withFullBatches(
      3,
      async (pool) => {
        const pid = await pidOf(pool);
        const door = gate();
        const calls = [
          pool.execute(name, [door.path, 'a'], { timeout: 500 }),
          pool.execute(name, [door.path, 'b']),
          pool.execute(name, [door.path, 'c'], { timeout: 900 }),
        ];
        for (const [index, timeout] of [
          [0, 500],
          [2, 900],
        ]) {
          expect(await rejection(calls[index])).toMatchObject({
            code: 'ERR_CALL_TIMEOUT',
            timeout,
            started: true,
            function: name,
          });
        }
        door.open();
        expect((await outcomesOf(calls)).map(firstOf)).toEqual([
          'ERR_CALL_TIMEOUT',
          'b',
          'ERR_CALL_TIMEOUT',
        ]);
        expect(await pidOf(pool)).toBe(pid);
      },
      options,
    );
  });

  it('the batch is interrupted when the last of its calls was aborted or timed out', async () => {
    await withFullBatches(
      3,
      async (pool) => {
        const never = gate();
        const controllers = [new AbortController(), new AbortController()];
        const calls = [
          pool.execute(name, [never.path, 'a'], { signal: controllers[0].signal }),
          pool.execute(name, [never.path, 'b'], { timeout: 900 }),
          pool.execute(name, [never.path, 'c'], { signal: controllers[1].signal }),
        ];
        await never.reached();
        controllers[0].abort();
        expect((await rejection(calls[1])).code).toBe('ERR_CALL_TIMEOUT');
        controllers[1].abort();
        expect(await outcomesOf(calls)).toEqual(['ABORT_ERR', 'ERR_CALL_TIMEOUT', 'ABORT_ERR']);
        // Its place, or its worker's successor, is free again.
        const next = ['x', 'y', 'z'].map((value) => pool.execute('sizes', [value]));
        expect(await Promise.all(next)).toEqual([3, 3, 3]);
      },
      options,
    );
  });
});

describe('a batch that is abandoned', () => {
  it('of an async function is cancelled: its `finally` runs, and its worker stays', async () => {
    await withFullBatches(
      2,
      async (pool) => {
        const pid = await pidOf(pool);
        const never = gate();
        const controller = new AbortController();
        const { signal } = controller;
        const calls = ['a', 'b'].map((value) =>
          pool.execute('held_async', [never.path, value], { signal }),
        );
        await never.reached();
        expect(await pool.execute('notes')).toEqual([]);
        controller.abort();
        expect(await outcomesOf(calls)).toEqual(['ABORT_ERR', 'ABORT_ERR']);
        const notes = await eventually('the end', async () => {
          const notes: unknown[] = await pool.execute('notes');
          return notes.length > 0 && notes;
        });
        expect(notes).toEqual([['a', 'b']]);
        expect(await pidOf(pool)).toBe(pid);
      },
      { concurrencyPerWorker: 2 },
    );
  });

  onUnix.it(
    'of a plain function costs its worker once, with keepInterruptedWorker none',
    async () => {
      for (const keepInterruptedWorker of [false, true]) {
        await withFullBatches(
          2,
          async (pool) => {
            const pid = await pidOf(pool);
            const never = gate();
            const calls = ['a', 'b'].map((value) =>
              pool.execute('held', [never.path, value], { timeout: 200 }),
            );
            const errors = await Promise.all(calls.map((call) => rejection(call)));
            expect(errors.map(({ code }) => code)).toEqual([
              'ERR_CALL_TIMEOUT',
              'ERR_CALL_TIMEOUT',
            ]);
            const next = await pidOf(pool);
            expect(next === pid).toBe(keepInterruptedWorker);
            const { restarts } = pool.stats().workers[0];
            expect(restarts.timeout).toBe(keepInterruptedWorker ? 0 : 1);
          },
          { keepInterruptedWorker },
        );
      }
    },
  );

  it('goes on if its calls are not to be interrupted', async () => {
    await withFullBatches(2, async (pool) => {
      const door = gate();
      const controller = new AbortController();
      const { signal } = controller;
      const calls = ['a', 'b'].map((value) =>
        pool.execute('held', [door.path, value], { signal, interrupt: false }),
      );
      await door.reached();
      controller.abort();
      door.open();
      expect((await Promise.all(calls)).map(firstOf)).toEqual(['a', 'b']);
    });
  });
});

describe('a call that waits for its batch', () => {
  it('can be aborted, and is not part of it', async () => {
    await withFullBatches(2, async (pool) => {
      const controller = new AbortController();
      const { signal } = controller;
      const first = pool.execute('seen', ['a'], { signal });
      controller.abort();
      expect(await rejection(first)).toMatchObject({ code: 'ABORT_ERR', started: false });
      const others = ['b', 'c'].map((value) => pool.execute('seen', [value]));
      expect(await Promise.all(others)).toEqual([
        [[['b', 'c']], {}],
        [[['b', 'c']], {}],
      ]);
    });
  });

  it('is not late before it has started', async () => {
    await withPool(fixture('batches_calls.py'), { batch: batchOf(10, 300) }, async (pool) => {
      expect(await pool.execute('sizes', [1], { timeout: 250 })).toBe(1);
    });
  });

  it('is late after queueTimeout, as any other', async () => {
    const options = { batch: batchOf(10), queueTimeout: 100 };
    await withPool(fixture('batches_calls.py'), options, async (pool) => {
      const door = gate();
      const busy = pool.execute('wait', [door.path]);
      await door.reached();
      const calls = [1, 2].map((index) => rejection(pool.execute('sizes', [index])));
      for (const error of await Promise.all(calls)) {
        expect(error).toMatchObject({ code: 'ERR_QUEUE_TIMEOUT', timeout: 100, started: false });
      }
      door.open();
      await busy;
      expect(await pool.execute('sizes', [3])).toBe(1);
    });
  });
});

describe('a worker that crashes in a batch', () => {
  it('fails all of its calls, each with `collateral`', async () => {
    await withFullBatches(3, async (pool) => {
      const marker = path.join(tempFolder(), 'marker');
      const calls = [1, 2, 3].map(() => rejection(pool.execute('crash_once', [marker])));
      for (const error of await Promise.all(calls)) {
        expect(error).toMatchObject({
          code: 'ERR_WORKER_CRASHED',
          exitCode: 3,
          started: true,
          collateral: true,
          function: 'crash_once',
        });
      }
      const next = [1, 2, 3].map(() => pool.execute('crash_once', [marker]));
      expect(await Promise.all(next)).toEqual([3, 3, 3]);
      expect(pool.stats().workers[0].restarts.crash).toBe(1);
    });
  });

  it('fails a call that was alone without it', async () => {
    await withFullBatches(1, async (pool) => {
      const marker = path.join(tempFolder(), 'marker');
      const error = await rejection(pool.execute('crash_once', [marker]));
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', started: true });
      expect(error.collateral).toBeUndefined();
    });
  });

  it('runs those again that may, in a batch of their own', async () => {
    await withPool(fixture('batches_calls.py'), { batch: batchOf(10) }, async (pool) => {
      const marker = path.join(tempFolder(), 'marker');
      const settled = await whileBusy(pool, () =>
        [1, 0, 2, 0, 1].map((retries) => pool.execute('crash_once', [marker], { retries })),
      );
      const outcomes = settled.map((one) =>
        one.status === 'fulfilled' ? one.value : one.reason.code,
      );
      expect(outcomes).toEqual([3, 'ERR_WORKER_CRASHED', 3, 'ERR_WORKER_CRASHED', 3]);
    });
  });

  onUnix.it('by a signal has that, and the calls that had not started are served', async () => {
    await withPool(fixture('batches_calls.py'), { batch: batchOf(2) }, async (pool) => {
      const settled = await whileBusy(pool, () => [
        ...[1, 2].map(() => pool.execute('kill', [1])),
        ...[1, 2, 3].map((index) => pool.execute('sizes', [index])),
      ]);
      for (const one of settled.slice(0, 2)) {
        expect((one as PromiseRejectedResult).reason).toMatchObject({
          code: 'ERR_WORKER_CRASHED',
          signal: 'SIGKILL',
          collateral: true,
        });
      }
      expect(settled.slice(2).map((one) => (one as PromiseFulfilledResult<unknown>).value)).toEqual(
        [2, 2, 1],
      );
    });
  });

  onUnix.it('from outside fails the batches that it had, and no others', async () => {
    const options = { threadsPerWorker: 2, workers: 2 };
    await withFullBatches(
      2,
      async (pool) => {
        const door = gate();
        const calls = Array.from({ length: 8 }, (_, index) =>
          pool.execute('held', [door.path, index]),
        );
        const [victim] = await door.reached(4);
        process.kill(victim, 'SIGKILL');
        await eventually('the crash', () => pool.stats().calls.failed.ERR_WORKER_CRASHED === 4);
        door.open();
        const codes = (await outcomesOf(calls)).filter((one) => one === 'ERR_WORKER_CRASHED');
        expect(codes).toHaveLength(4);
        expect(pool.stats().calls).toMatchObject({
          succeeded: 4,
          failed: { ERR_WORKER_CRASHED: 4 },
        });
      },
      options,
    );
  });
});

describe('shutdown', () => {
  it('fails the calls of a batch that runs, and those that wait for one', async () => {
    await withFullBatches(2, async (pool) => {
      const never = gate();
      const running = ['a', 'b'].map((value) => pool.execute('held', [never.path, value]));
      await never.reached();
      const waiting = pool.execute('held', [never.path, 'c']);
      const errors = [...running, waiting].map((call) => rejection(call));
      await pool.shutdown();
      const [first, second, third] = await Promise.all(errors);
      expect(first).toMatchObject({ code: 'ERR_POOL_CLOSED', started: true });
      expect(second).toMatchObject({ code: 'ERR_POOL_CLOSED', started: true });
      expect(third).toMatchObject({ code: 'ERR_POOL_CLOSED', started: false });
    });
  });

  it('with `drain` starts what waits for others, and lets it finish', async () => {
    await withFullBatches(10, async (pool) => {
      const calls = [1, 2, 3].map((index) => pool.execute('sizes', [index]));
      await pool.shutdown({ drain: true });
      expect(await Promise.all(calls)).toEqual([3, 3, 3]);
    });
  });
});
