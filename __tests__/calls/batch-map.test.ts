/** `map` of a batched function: how far ahead it reads, so that batches are full. */

import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import { batchOf, drained, fixture, gate, watched, withPool } from '../support';

const SCRIPT = fixture('batches_calls.py');
const MAX = 10;

const withBatches = (
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<void>,
) => withPool(SCRIPT, { batch: batchOf(MAX), ...options }, body);

const lists = (count: number) => Array.from({ length: count }, (_, index) => [index]);

function* endless(door: string) {
  for (;;) {
    yield [door, 'value'];
  }
}

describe('map of a batched function', () => {
  it('yields the results in order, and most batches are full', async () => {
    await withBatches({}, async (pool) => {
      const { values, error } = await drained(pool.map('seen_slowly', lists(205)));
      expect(error).toBeUndefined();
      const batches = new Set(values.map(([[list]]) => JSON.stringify(list)));
      expect(values.flatMap(([[list]], index) => (list.includes(index) ? [] : [index]))).toEqual(
        [],
      );
      // The first call may be alone, and so may be what is left at the end; on a busy machine, others come late.
      expect(batches.size).toBeLessThanOrEqual(205 / (MAX / 2));
    });
  });

  it.each<[string, PythonWorkerPoolOptions, number]>([
    ['two batches for a worker', {}, 2 * MAX],
    ['two batches for each worker', { workers: 2 }, 4 * MAX],
    ['two batches for each thread', { threadsPerWorker: 3 }, 6 * MAX],
    ['one call, if there is no room in the queue', { maxQueue: 0 }, 1],
    ['one call at first, if there is some', { maxQueue: 5 }, 1],
    ['one call at first, if none may wait for long', { queueTimeout: 60_000 }, 1],
  ])('reads ahead while its calls are slow: %s', async (_, options, ahead) => {
    await withBatches(options, async (pool) => {
      const door = gate();
      const { source, uses } = watched(endless(door.path));
      const results = pool.map('held', source);
      const first = results.next();
      await door.reached();
      expect(uses.read).toBe(ahead);
      door.open();
      await first;
      const most = Math.max(ahead, 32 * Number(options.workers ?? 1));
      for (let taken = 1; taken < 100; taken += 1) {
        await results.next();
        expect(uses.read).toBeLessThanOrEqual(taken + 1 + most);
      }
      await results.return?.();
    });
  });

  it.each<[string, PythonWorkerPoolOptions]>([
    ['maxQueue', { maxQueue: 0 }],
    ['a small maxQueue', { maxQueue: 3 }],
    ['a large maxQueue', { maxQueue: 100 }],
    ['maxQueue and wait', { maxQueue: 3, batch: batchOf(MAX, 20) }],
    ['maxQueue and several workers', { maxQueue: 5, workers: 3 }],
    ['maxQueue and threads', { maxQueue: 5, threadsPerWorker: 2 }],
    ['queueTimeout', { queueTimeout: 60_000 }],
  ])('makes no call that is refused because of %s', async (_, options) => {
    await withBatches(options, async (pool) => {
      const { values, error } = await drained(pool.map('same', lists(500)));
      expect(error).toBeUndefined();
      expect(values).toEqual(lists(500).flat());
    });
  });

  it('makes batches larger than one where queueTimeout leaves time for it', async () => {
    await withBatches({ queueTimeout: 60_000 }, async (pool) => {
      const { values } = await drained(pool.map('sizes', lists(300)));
      expect(values).toHaveLength(300);
      expect(Math.max(...values)).toBeGreaterThan(1);
    });
  });

  it('lets no call wait longer than queueTimeout, however slow a batch is', async () => {
    await withBatches({ queueTimeout: 700 }, async (pool) => {
      const { values, error } = await drained(pool.map('slow', lists(4)));
      expect(error).toBeUndefined();
      expect(values).toEqual([0, 1, 2, 3]);
    });
  });

  it('fails with the call that fails, after the results before it', async () => {
    await withBatches({}, async (pool) => {
      const calls = [2, 4, 0, 5].map((divisor) => [1, divisor]);
      const { values, error } = await drained(pool.map('divide', calls));
      expect(values).toEqual([0.5, 0.25]);
      expect(error).toMatchObject({ pythonType: 'ZeroDivisionError', function: 'divide' });
    });
  });

  it('has keyword arguments in each call', async () => {
    await withBatches({}, async (pool) => {
      const kwargs = { suffix: '!' };
      const { values } = await drained(pool.map('same_with', [['a'], ['b']], { kwargs }));
      expect(values).toEqual(['a!', 'b!']);
    });
  });
});
