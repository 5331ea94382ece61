/** `stats()`: the calls, the queue, the times and the workers of a pool, in numbers. */

import type { Histogram, PoolStats, PythonWorkerPool } from '../..';
import {
  drained,
  eventually,
  fixture,
  gate,
  newPool,
  rejection,
  subscribed,
  thrown,
  withPool,
} from '../support';

const GATED = fixture('waits_at_gate.py');
const MANY = fixture('runs_many_calls.py');

/** Cannot be sent to Python. */
const UNREADABLE = {
  get value() {
    throw new Error('unreadable');
  },
};

const EMPTY: Histogram = { count: 0, min: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 };

/** The outcomes of these calls: how many succeeded, and how many failed with each code. */
async function tally(calls: Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const settled of await Promise.allSettled(calls)) {
    const outcome = settled.status === 'fulfilled' ? 'succeeded' : settled.reason.code;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** The same of the snapshot. */
function counted({ calls: { succeeded, cancelled, failed } }: PoolStats): Record<string, number> {
  return {
    ...(succeeded > 0 && { succeeded }),
    ...(cancelled > 0 && { ABORT_ERR: cancelled }),
    ...failed,
  };
}

/** Makes every kind of call that a pool refuses by itself or that fails in Python. */
function failing(pool: PythonWorkerPool): Promise<unknown>[] {
  return [
    pool.execute('echo', [1, 2]),
    pool.execute('missing'),
    pool.execute('time.get_clock_info', ['monotonic']),
    pool.execute('echo', [UNREADABLE]),
    pool.execute('echo', ['\u00e4'.repeat(600)]),
    pool.execute('echo', ['x'.repeat(1_000_000)]),
    pool.execute('echo', [], { timeout: -1 }),
    pool.execute('', []),
    pool.execute('echo', 'x' as unknown as []),
    pool.execute('echo', [], { signal: AbortSignal.abort() }),
  ];
}

test('a new pool has a snapshot of zeros', () => {
  const worker = {
    pid: null,
    state: 'stopped',
    calls: 0,
    inFlight: 0,
    rss: null,
    restarts: { crash: 0, timeout: 0, abort: 0, recycle: 0, reload: 0 },
  };
  expect(newPool(GATED, { workers: 2 }).stats()).toStrictEqual({
    state: 'idle',
    queue: { length: 0, longestWait: 0 },
    calls: { succeeded: 0, cancelled: 0, failed: {} },
    workers: [
      { index: 0, ...worker },
      { index: 1, ...worker },
    ],
    waitTime: EMPTY,
    runTime: EMPTY,
  });
});

test('each snapshot is an object of its own', () => {
  const pool = newPool(GATED);
  const first = pool.stats();
  first.calls.succeeded = 7;
  first.calls.failed.ERR_SYSTEM = 7;
  first.workers.pop();
  expect(pool.stats()).toEqual(newPool(GATED).stats());
});

describe('calls', () => {
  it('are counted once each, by their outcome', async () => {
    const pool = newPool(GATED, { maxPayload: 1000 });
    const early = [pool.execute('echo', [1])];
    expect(await tally(early)).toEqual({ ERR_NOT_INITIALIZED: 1 });
    await pool.initialize();
    const calls = [...failing(pool), pool.execute('echo', [1]), pool.execute('echo', [2])];
    expect(await tally(calls)).toEqual({
      succeeded: 2,
      ERR_PYTHON_EXCEPTION: 1,
      ERR_FUNCTION_NOT_FOUND: 1,
      ERR_NOT_SERIALIZABLE: 2,
      ERR_PAYLOAD_TOO_LARGE: 2,
      ERR_INVALID_ARGUMENT: 3,
      ABORT_ERR: 1,
    });
    const late = [pool.execute('wait', [gate().path], { timeout: 1 }), pool.execute('crash')];
    expect(await tally(late)).toEqual({ ERR_CALL_TIMEOUT: 1, ERR_WORKER_CRASHED: 1 });
    await pool.shutdown();
    const closed = [pool.execute('echo')];
    expect(await tally(closed)).toEqual({ ERR_POOL_CLOSED: 1 });
    const all = [...early, ...calls, ...late, ...closed];
    expect(counted(pool.stats())).toEqual(await tally(all));
  });

  it('that are aborted count as cancelled, whether they run or wait', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const controller = new AbortController();
      const { signal } = controller;
      const running = rejection(pool.execute('wait', [door.path], { signal }));
      await door.reached();
      const waiting = rejection(pool.execute('echo', [1], { signal }));
      controller.abort();
      await Promise.all([running, waiting]);
      expect(pool.stats().calls).toStrictEqual({ succeeded: 0, cancelled: 2, failed: {} });
    });
  });

  it('that the queue refuses count, too', async () => {
    await withPool(GATED, { maxQueue: 1, queueTimeout: 1 }, async (pool) => {
      const door = gate();
      const running = pool.execute('wait', [door.path]);
      await door.reached();
      const others = [pool.execute('echo', [1]), pool.execute('echo', [2])];
      expect(await tally(others)).toEqual({ ERR_QUEUE_TIMEOUT: 1, ERR_QUEUE_FULL: 1 });
      door.open();
      await running;
      expect(counted(pool.stats())).toEqual(await tally([running, ...others]));
    });
  });

  it('that a shutdown ends count as failed', async () => {
    const pool = newPool(GATED);
    await pool.initialize();
    const door = gate();
    const calls = [pool.execute('wait', [door.path]), pool.execute('echo', [1])];
    const outcomes = tally(calls);
    await door.reached();
    await pool.shutdown();
    expect(await outcomes).toEqual({ ERR_POOL_CLOSED: 2 });
    expect(counted(pool.stats())).toEqual({ ERR_POOL_CLOSED: 2 });
  });

  it('whose result is invalid have failed', async () => {
    await withPool(fixture('writes_on_channel.py'), {}, async (pool) => {
      const forged = pool.execute('write_frame', [4, '7b', null, null, 0]);
      expect(await tally([forged])).toEqual({ ERR_WORKER_CRASHED: 1 });
      expect(counted(pool.stats())).toEqual({ ERR_WORKER_CRASHED: 1 });
    });
  });

  it('of map are counted like others', async () => {
    await withPool(GATED, {}, async (pool) => {
      await drained(pool.map('echo', [[1], [2], [3]]));
      await drained(pool.map('echo', [[4], [5, 6]]));
      await drained(pool.map('echo', [[UNREADABLE]]));
      expect(counted(pool.stats())).toEqual({
        succeeded: 4,
        ERR_PYTHON_EXCEPTION: 1,
        ERR_NOT_SERIALIZABLE: 1,
      });
    });
  });

  it('that stream() and map() throw for count, too, and so do calls of map that are none', async () => {
    await withPool(GATED, {}, async (pool) => {
      const { messages } = subscribed('call');
      thrown(() => pool.stream('echo', 'x' as never));
      thrown(() => pool.stream('', []));
      thrown(() => pool.map('echo', 5 as never));
      await drained(pool.map('echo', [['a'], 'x' as never]));
      expect(counted(pool.stats())).toEqual({ succeeded: 1, ERR_INVALID_ARGUMENT: 4 });
      const name = (message: { function?: string }) => message.function;
      expect(messages.filter(({ code }) => code).map(name)).toEqual([
        'echo',
        undefined,
        'echo',
        'echo',
      ]);
    });
  });

  it('of streams count by what their consumer sees', async () => {
    await withPool(fixture('streams_items.py'), {}, async (pool) => {
      const { messages } = subscribed('call');
      for await (const _ of pool.stream('count', [5])) break;
      await drained(pool.stream('count', [5]));
      await drained(pool.stream('fail_after', [1]));
      const left = pool.stream('count', [5]);
      await eventually('the end of its call', () => pool.stats().runTime.count === 4);
      await left.return();
      expect(counted(pool.stats())).toEqual({
        succeeded: 1,
        ABORT_ERR: 2,
        ERR_PYTHON_EXCEPTION: 1,
      });
      expect(messages.map(({ code }) => code)).toEqual([
        'ABORT_ERR',
        undefined,
        'ERR_PYTHON_EXCEPTION',
        'ABORT_ERR',
      ]);
      expect(messages.at(-1)).toMatchObject({ worker: 0, runTime: expect.any(Number) });
    });
  });

  it('that run again after a crash count once', async () => {
    await withPool(GATED, {}, async (pool) => {
      const error = await rejection(pool.execute('crash', [], { retries: 1 }));
      expect(error.code).toBe('ERR_WORKER_CRASHED');
      const stats = pool.stats();
      expect(counted(stats)).toEqual({ ERR_WORKER_CRASHED: 1 });
      expect(stats.runTime.count).toBe(1);
      expect(stats.workers[0]).toMatchObject({ calls: 1 });
    });
  });

  it('are still counted after a shutdown and a new start', async () => {
    const pool = newPool(GATED);
    for (const times of [1, 2]) {
      await pool.initialize();
      await pool.execute('echo', [1]);
      await pool.shutdown();
      const stats = pool.stats();
      expect(counted(stats)).toEqual({ succeeded: times });
      expect(stats.workers[0]).toMatchObject({ calls: times });
      expect(stats.runTime.count).toBe(times);
    }
  });
});

describe('the queue', () => {
  it('has its length and the wait of its oldest call', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const running = pool.execute('wait', [door.path]);
      await door.reached();
      const before = performance.now();
      // Large calls are not sent ahead.
      const large = 'x'.repeat(5000);
      const first = pool.execute('echo', [large]);
      const after = performance.now();
      const second = pool.execute('echo', [large]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const least = performance.now() - after;
      const { queue, workers } = pool.stats();
      const most = performance.now() - before;
      expect(queue.length).toBe(2);
      expect(queue.longestWait).toBeGreaterThanOrEqual(least - 1);
      expect(queue.longestWait).toBeLessThanOrEqual(most + 1);
      expect(workers[0]).toMatchObject({ state: 'busy', inFlight: 1 });
      door.open();
      await Promise.all([running, first, second]);
      expect(pool.stats().queue).toStrictEqual({ length: 0, longestWait: 0 });
    });
  });

  it('and the workers have all calls without an outcome', async () => {
    await withPool(GATED, { workers: 2 }, async (pool) => {
      const door = gate();
      const calls = Array.from({ length: 20 }, (_, index) =>
        pool.execute('wait', [door.path, index]),
      );
      await door.reached(2);
      const { queue, workers } = pool.stats();
      const inFlight = workers.map((worker) => worker.inFlight);
      expect(inFlight.reduce((sum, count) => sum + count, queue.length)).toBe(20);
      expect(workers.map((worker) => worker.state)).toEqual(['busy', 'busy']);
      door.open();
      await Promise.all(calls);
    });
  });
});

describe('times', () => {
  const SLEEP_MS = 50;
  // The clocks of other systems are coarser than that of Linux.
  const LEAST_MS = SLEEP_MS - 1;

  it('are those of all calls that had a place in a worker', async () => {
    await withPool(GATED, {}, async (pool) => {
      const sleeps = [1, 2, 3].map(() => pool.execute('time.sleep', [SLEEP_MS / 1000]));
      await Promise.all([...sleeps, rejection(pool.execute('missing'))]);
      await rejection(pool.execute('echo', [], { signal: AbortSignal.abort() }));
      const { waitTime, runTime } = pool.stats();
      expect([waitTime.count, runTime.count]).toEqual([4, 4]);
      expect(runTime.p50).toBeGreaterThanOrEqual(LEAST_MS);
      expect(runTime.mean).toBeGreaterThanOrEqual((3 * LEAST_MS) / 4);
      expect(waitTime.max).toBeGreaterThanOrEqual(3 * LEAST_MS);
    });
  });

  it('are in order', async () => {
    await withPool(GATED, { workers: 2 }, async (pool) => {
      await Promise.all(Array.from({ length: 300 }, (_, index) => pool.execute('echo', [index])));
      const { waitTime, runTime } = pool.stats();
      for (const { count, min, mean, max, p50, p90, p99 } of [waitTime, runTime]) {
        expect(count).toBe(300);
        const numbers = [0, min, p50, p90, p99, max];
        expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
        expect(mean).toBeGreaterThanOrEqual(min);
        expect(mean).toBeLessThanOrEqual(max);
      }
    });
  });

  it('of a call that is aborted while it runs end with the abort', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const controller = new AbortController();
      const call = rejection(pool.execute('wait', [door.path], { signal: controller.signal }));
      await door.reached();
      controller.abort();
      await call;
      const { runTime, workers } = pool.stats();
      expect(runTime.count).toBe(1);
      expect(workers[0]).toMatchObject({ calls: 1, inFlight: 0 });
    });
  });

  it('and counts of workers agree', async () => {
    await withPool(
      MANY,
      { workers: 2, concurrencyPerWorker: 3, threadsPerWorker: 2 },
      async (pool) => {
        const calls = Array.from({ length: 40 }, (_, index) =>
          pool.execute(index % 2 === 0 ? 'echo' : 'plain', [index]),
        );
        await Promise.all(calls);
        const { workers, runTime } = pool.stats();
        expect(runTime.count).toBe(40);
        expect(workers.reduce((sum, worker) => sum + worker.calls, 0)).toBe(40);
      },
    );
  });
});

describe('workers', () => {
  it('have their process and its memory', async () => {
    await withPool(GATED, { workers: 2 }, async (pool) => {
      const { workers } = pool.stats();
      const pids = workers.map((worker) => worker.pid);
      expect(new Set(pids).size).toBe(2);
      expect(pids).toContain(await pool.execute('pid'));
      for (const { rss, state } of workers) {
        expect(state).toBe('idle');
        expect(rss).toBeGreaterThan(1 << 20);
        expect(Number.isInteger(rss)).toBe(true);
      }
    });
  });

  it('have several calls each where they run several at a time', async () => {
    await withPool(MANY, { concurrencyPerWorker: 3, threadsPerWorker: 2 }, async (pool) => {
      const door = gate();
      const tasks = [1, 2, 3, 4].map((index) => pool.execute('wait', [door.path, index]));
      const threads = [1, 2].map((index) => pool.execute('wait_in_thread', [door.path, index]));
      await door.reached(5);
      const { workers, queue } = pool.stats();
      expect(workers).toMatchObject([{ state: 'busy', inFlight: 5 }]);
      expect(queue.length).toBe(1);
      door.open();
      await Promise.all([...tasks, ...threads]);
      expect(pool.stats().workers).toMatchObject([{ state: 'idle', inFlight: 0, calls: 6 }]);
    });
  });

  it('stay busy while a cancelled call ends, which is in flight no more', async () => {
    await withPool(MANY, {}, async (pool) => {
      const opened = gate();
      opened.open();
      await pool.execute('stubborn', [opened.path]); // The pool knows now that it is async.
      const door = gate();
      const controller = new AbortController();
      const call = rejection(pool.execute('stubborn', [door.path], { signal: controller.signal }));
      await door.reached();
      controller.abort();
      await call;
      expect(pool.stats().workers).toMatchObject([{ state: 'busy', inFlight: 0 }]);
      door.open();
      await pool.execute('echo', [1]);
    });
  });
});
