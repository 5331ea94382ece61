/** How long the calls of a batch wait for others: `wait`, `max`, `maxQueue`, and the places of a worker. */

import type { PythonWorkerPoolOptions } from '../..';
import {
  batchOf,
  eventually,
  fixture,
  gate,
  outcomesOf,
  rejection,
  withFullBatches,
  withPool,
} from '../support';

const SCRIPT = fixture('batches_calls.py');
const NEVER = 600_000;

const counted = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('wait', () => {
  it('lets calls that come later join, until its end', async () => {
    const wait = 400;
    await withPool(SCRIPT, { batch: batchOf(10, wait) }, async (pool) => {
      const begun = performance.now();
      const first = pool.execute('sizes', [1]);
      await pool.execute('echo', [1]); // other calls do not wait
      const second = pool.execute('sizes', [2]);
      expect(await Promise.all([first, second])).toEqual([2, 2]);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(wait - 1);
    });
  });

  it('ends when the batch is full', async () => {
    await withFullBatches(3, async (pool) => {
      const calls = counted(6).map((index) => pool.execute('seen', [index]));
      const values = await Promise.all(calls);
      expect(values.map(([[list]]) => list)).toEqual([
        ...counted(3).map(() => [0, 1, 2]),
        ...counted(3).map(() => [3, 4, 5]),
      ]);
    });
  });

  it('is that of each function', async () => {
    const batch = { sizes: { max: 10, wait: NEVER }, same: { max: 10 } };
    await withPool(SCRIPT, { batch }, async (pool) => {
      const waiting = rejection(pool.execute('sizes', [1]));
      expect(await pool.execute('same', [2])).toBe(2);
      await pool.shutdown();
      expect((await waiting).code).toBe('ERR_POOL_CLOSED');
    });
  });

  it('counts from the oldest call', async () => {
    const wait = 300;
    await withPool(SCRIPT, { batch: batchOf(1000, wait) }, async (pool) => {
      const first = pool.execute('sizes', [0]);
      const others: Promise<unknown>[] = [];
      let isOver = false;
      void first.finally(() => {
        isOver = true;
      });
      // New calls do not make it longer.
      await eventually('the first batch', async () => {
        others.push(pool.execute('sizes', [1]));
        return isOver;
      });
      expect(await first).toBeGreaterThan(1);
      await Promise.all(others);
    });
  });

  it('ends when there is no room in the queue', async () => {
    await withPool(SCRIPT, { batch: batchOf(100, NEVER), maxQueue: 2 }, async (pool) => {
      for (const _ of counted(3)) {
        const calls = counted(3).map((index) => pool.execute('sizes', [index]));
        expect(await Promise.all(calls)).toEqual([3, 3, 3]);
      }
    });
    await withPool(SCRIPT, { batch: batchOf(100, NEVER), maxQueue: 0 }, async (pool) => {
      expect(await pool.execute('sizes', [1])).toBe(1);
    });
  });
});

describe('maxQueue', () => {
  it('refuses calls of a batch one by one', async () => {
    await withPool(SCRIPT, { batch: batchOf(100), maxQueue: 3 }, async (pool) => {
      const door = gate();
      const busy = pool.execute('wait', [door.path]);
      await door.reached();
      const calls = counted(5).map((index) => pool.execute('sizes', [index]));
      expect(await outcomesOf(calls.slice(3))).toEqual(['ERR_QUEUE_FULL', 'ERR_QUEUE_FULL']);
      expect(pool.stats().queue.length).toBe(3);
      door.open();
      await busy;
      expect(await Promise.all(calls.slice(0, 3))).toEqual([3, 3, 3]);
    });
  });
});

describe('a batch takes one place', () => {
  it.each<[string, string, PythonWorkerPoolOptions]>([
    ['of the async ones', 'held_async', { concurrencyPerWorker: 3 }],
    ['of the threads', 'held', { threadsPerWorker: 3 }],
  ])('%s', async (_, name, options) => {
    await withPool(SCRIPT, { batch: batchOf(2, NEVER), ...options }, async (pool) => {
      const door = gate();
      // The first batch says of which kind its function is.
      const first = [0, 1].map((value) => pool.execute(name, [door.path, value]));
      await door.reached();
      const calls = counted(8).map((value) => pool.execute(name, [door.path, value]));
      await door.reached(3);
      expect(pool.stats()).toMatchObject({ queue: { length: 4 }, workers: [{ inFlight: 6 }] });
      expect(door.waiters()).toHaveLength(3);
      door.open();
      const values = await Promise.all([...first, ...calls]);
      expect(values.map(([value, size]) => [value, size])).toEqual(
        [0, 1, ...counted(8)].map((value) => [value, 2]),
      );
    });
  });

  it('and runs in one thread, which is not the main one', async () => {
    await withPool(SCRIPT, { batch: batchOf(2, NEVER), threadsPerWorker: 2 }, async (pool) => {
      const door = gate();
      const calls = counted(4).map((value) => pool.execute('held', [door.path, value]));
      await door.reached(2);
      door.open();
      expect(await Promise.all(calls)).toEqual(counted(4).map((value) => [value, 2, false]));
    });
  });

  it('beside calls of other functions', async () => {
    await withPool(SCRIPT, { batch: batchOf(2, NEVER), concurrencyPerWorker: 2 }, async (pool) => {
      const door = gate();
      const calls = [1, 2].map((value) => pool.execute('held_async', [door.path, value]));
      await door.reached();
      expect(await pool.execute('echo', ['beside'])).toBe('beside');
      door.open();
      expect(await Promise.all(calls)).toEqual([
        [1, 2],
        [2, 2],
      ]);
    });
  });
});

describe('stats() of a pool with batches', () => {
  it('counts calls, not batches', async () => {
    await withFullBatches(4, async (pool) => {
      const calls = [1, 2, 3].map((divisor) => pool.execute('divide', [1, divisor]));
      await outcomesOf([...calls, pool.execute('divide', [1, 0])]);
      const { calls: outcomes, workers, waitTime, runTime, queue } = pool.stats();
      expect(outcomes).toEqual({
        succeeded: 3,
        cancelled: 0,
        failed: { ERR_PYTHON_EXCEPTION: 1 },
      });
      expect(workers).toMatchObject([{ calls: 4, inFlight: 0 }]);
      expect([waitTime.count, runTime.count, queue.length]).toEqual([4, 4, 0]);
    });
  });

  it('shows what waits for others in the queue', async () => {
    await withFullBatches(3, async (pool) => {
      const calls = [1, 2].map((index) => rejection(pool.execute('sizes', [index])));
      expect(pool.stats().queue.length).toBe(2);
      await pool.shutdown();
      expect((await Promise.all(calls)).map(({ code }) => code)).toEqual([
        'ERR_POOL_CLOSED',
        'ERR_POOL_CLOSED',
      ]);
      expect(pool.stats().calls.failed).toEqual({ ERR_POOL_CLOSED: 2 });
    });
  });
});
