/** The states that `stats()` has for a pool and its workers, and why workers were restarted. */

import type { PoolStats, PythonWorkerPool } from '../..';
import {
  eventually,
  fixture,
  gate,
  newPool,
  rejection,
  startingPool,
  withPool,
  writeScript,
} from '../support';

const GATED = fixture('waits_at_gate.py');
const MANY = fixture('runs_many_calls.py');

const states = ({ state, workers }: PoolStats) => [state, ...workers.map((worker) => worker.state)];

const restarts = (pool: PythonWorkerPool) => pool.stats().workers.map((worker) => worker.restarts);

const NONE = { crash: 0, timeout: 0, abort: 0, recycle: 0, reload: 0 };

/** Waits until all workers are ready again. */
const recovered = (pool: PythonWorkerPool) =>
  eventually('idle workers', () =>
    pool.stats().workers.every((worker) => worker.state === 'idle' && worker.pid !== null),
  );

describe('the state of a pool', () => {
  it('follows its life, and so do those of its workers', async () => {
    const { pool, start, pids, open } = await startingPool(2);
    expect(states(pool.stats())).toEqual(['starting', 'starting', 'starting']);
    expect(pool.stats().workers.map((worker) => worker.pid)).toEqual(expect.arrayContaining(pids));
    open();
    await start;
    expect(states(pool.stats())).toEqual(['running', 'idle', 'idle']);
    const closing = pool.shutdown();
    expect(states(pool.stats())).toEqual(['closing', 'stopping', 'stopping']);
    await closing;
    expect(states(pool.stats())).toEqual(['idle', 'stopped', 'stopped']);
    for (const { pid, rss } of pool.stats().workers) {
      expect([pid, rss]).toEqual([null, null]);
    }
    expect(restarts(pool)).toEqual([NONE, NONE]);
  });

  it('is starting from the call of initialize on', async () => {
    const pool = newPool(GATED);
    const start = pool.initialize();
    expect(pool.stats().state).toBe('starting');
    const call = pool.execute('echo', [1]);
    expect(pool.stats().queue.length).toBe(1);
    await start;
    expect(await call).toBe(1);
  });

  it('is idle after a failed start, and running after a new one', async () => {
    const door = gate();
    const script = writeScript(
      `import os\nif not os.path.exists(${JSON.stringify(door.path)}):\n    raise OSError\n`,
    );
    const pool = newPool(script);
    await rejection(pool.initialize());
    expect(states(pool.stats())).toEqual(['idle', 'stopped']);
    door.open();
    await pool.initialize();
    expect(states(pool.stats())).toEqual(['running', 'idle']);
    expect(restarts(pool)).toEqual([NONE]);
  });

  it('is closing during a drain', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const call = pool.execute('wait', [door.path, 'done']);
      await door.reached();
      const closing = pool.shutdown({ drain: true });
      expect(states(pool.stats())).toEqual(['closing', 'busy']);
      door.open();
      expect(await call).toBe('done');
      await closing;
      expect(states(pool.stats())).toEqual(['idle', 'stopped']);
    });
  });

  it('is dead once every worker was given up, and running after a new start', async () => {
    await withPool(GATED, { maxCrashes: 1 }, async (pool) => {
      await rejection(pool.execute('crash'));
      const stats = pool.stats();
      expect(states(stats)).toEqual(['dead', 'dead']);
      expect(stats.workers).toMatchObject([{ pid: null, rss: null, restarts: NONE }]);
      await pool.initialize();
      expect(states(pool.stats())).toEqual(['running', 'idle']);
    });
  });
});

describe('restarts are counted by their reason', () => {
  it('a crash', async () => {
    await withPool(GATED, { workers: 2 }, async (pool) => {
      const { worker } = await rejection(pool.execute('crash'));
      await recovered(pool);
      const expected = [NONE, NONE];
      expected[worker?.index ?? -1] = { ...NONE, crash: 1 };
      expect(restarts(pool)).toEqual(expected);
    });
  });

  it('a process that something else has killed', async () => {
    await withPool(GATED, {}, async (pool) => {
      process.kill(await pool.execute('pid'), 'SIGKILL');
      await eventually('a restart', () => restarts(pool)[0]?.crash === 1);
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('a timeout and an abort', async () => {
    await withPool(GATED, {}, async (pool) => {
      const closed = gate();
      await rejection(pool.execute('wait', [closed.path], { timeout: 1 }));
      await recovered(pool);
      expect(restarts(pool)).toEqual([{ ...NONE, timeout: 1 }]);
      const door = gate();
      const controller = new AbortController();
      const call = rejection(pool.execute('wait', [door.path], { signal: controller.signal }));
      await door.reached();
      controller.abort();
      await call;
      await recovered(pool);
      expect(restarts(pool)).toEqual([{ ...NONE, timeout: 1, abort: 1 }]);
      await pool.shutdown();
      await pool.initialize();
      expect(restarts(pool)).toEqual([{ ...NONE, timeout: 1, abort: 1 }]);
    });
  });

  it('a crash with many calls is one', async () => {
    await withPool(MANY, { concurrencyPerWorker: 10 }, async (pool) => {
      await pool.execute('echo', [1]);
      const door = gate();
      const calls = Array.from({ length: 5 }, () => rejection(pool.execute('wait', [door.path])));
      await door.reached(5);
      await rejection(pool.execute('crash'));
      await Promise.all(calls);
      await recovered(pool);
      expect(restarts(pool)).toEqual([{ ...NONE, crash: 1 }]);
      expect(pool.stats()).toMatchObject({
        calls: { succeeded: 1, failed: { ERR_WORKER_CRASHED: 6 } },
        workers: [{ calls: 7 }],
        runTime: { count: 7 },
      });
    });
  });

  it('none, where a cancelled call ends without its worker', async () => {
    await withPool(MANY, {}, async (pool) => {
      const pid = await pool.execute('pid');
      await pool.execute('echo', [1]);
      await rejection(pool.execute('wait', [gate().path], { timeout: 50 }));
      expect(await pool.execute('pid')).toBe(pid);
      expect(restarts(pool)).toEqual([NONE]);
    });
  });
});
