/** Pools whose workers start and end with the calls. */

import { existsSync } from 'node:fs';
import type { ElasticWorkers, PythonWorkerPool } from '../..';
import { eventually, fixture, gate, newPool, rejection, thrown, writeScript } from '../support';

const GATED = fixture('waits_at_gate.py');

const elastic = (workers: ElasticWorkers, script = GATED) => newPool(script, { workers });

/** How many workers have a process. */
const alive = (pool: PythonWorkerPool) =>
  pool.stats().workers.filter(({ pid }) => pid !== null).length;

/** Makes so many calls that end together. */
async function busy(pool: PythonWorkerPool, count: number) {
  const door = gate();
  const calls = Array.from({ length: count }, () => pool.execute('wait', [door.path]));
  return {
    async end() {
      door.open();
      await Promise.all(calls);
    },
  };
}

describe('an elastic pool', () => {
  it.each([
    [{ max: 3 }, 1],
    [{ min: 2, max: 3 }, 2],
    [{ min: 0, max: 3 }, 0],
    [{ min: 3, max: 3 }, 3],
  ])('starts with the smallest number of workers: %p', async (workers, count) => {
    const pool = elastic(workers);
    await pool.initialize();
    expect(alive(pool)).toBe(count);
    expect(pool.getWorkerCount()).toBe(3);
    expect(await pool.execute('echo', [1])).toBe(1);
    expect(alive(pool)).toBe(Math.max(count, 1));
  });

  it('grows while calls wait, up to the largest number', async () => {
    const pool = elastic({ max: 3 });
    await pool.initialize();
    const calls = await busy(pool, 5);
    await eventually('all workers', () => alive(pool) === 3);
    await calls.end();
    expect(pool.stats().calls.succeeded).toBe(5);
    expect(pool.stats().workers.map(({ restarts }) => restarts.crash)).toEqual([0, 0, 0]);
  });

  it('does not grow for calls that one worker serves in time', async () => {
    const pool = elastic({ max: 3 });
    await pool.initialize();
    for (let call = 0; call < 200; call += 1) {
      await pool.execute('echo', [call]);
    }
    expect(alive(pool)).toBe(1);
  });

  it('ends workers that are idle, and starts them again', async () => {
    const pool = elastic({ min: 0, max: 2, idleTimeout: 50 });
    await pool.initialize();
    for (let round = 0; round < 2; round += 1) {
      const calls = await busy(pool, 2);
      await eventually('both workers', () => alive(pool) === 2);
      await calls.end();
      await eventually('no worker', () => alive(pool) === 0);
      expect(pool.stats().workers.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    }
    expect(pool.stats().state).toBe('running');
  });

  it('runs the exit handlers of a worker that was idle', async () => {
    const door = gate();
    const script = writeScript(
      `import atexit\natexit.register(lambda: open(${JSON.stringify(door.path)}, 'w').close())\n` +
        'def call_api(): return 1\n',
    );
    const pool = newPool(script, { workers: { min: 0, max: 1, idleTimeout: 1 } });
    await pool.initialize();
    await pool.execute();
    await eventually('the exit handler', () => existsSync(door.path));
  });

  it('replaces a worker that crashes', async () => {
    const script = writeScript('import os\ndef call_api(code):\n  if code: os._exit(code)\n');
    const pool = newPool(script, { workers: { min: 0, max: 2 } });
    await pool.initialize();
    expect(await rejection(pool.execute('call_api', [3]))).toMatchObject({ exitCode: 3 });
    expect(await pool.execute('call_api', [0])).toBeNull();
  });

  it('fails all calls that wait for a first worker that cannot start, and tries again', async () => {
    const door = gate();
    const script = writeScript(
      `import os\nif not os.path.exists(${JSON.stringify(door.path)}): raise ValueError("not yet")\n` +
        'def call_api(): return 1\n',
    );
    const pool = newPool(script, { workers: { min: 0, max: 2 } });
    await pool.initialize();
    const failures = await Promise.all([rejection(pool.execute()), rejection(pool.execute())]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'ERR_PYTHON_LOAD', started: false });
    }
    door.open();
    expect(await pool.execute()).toBe(1);
  });

  it('ends with its workers', async () => {
    const pool = elastic({ min: 0, max: 2 });
    await pool.initialize();
    await pool.shutdown();
    await pool.initialize();
    expect(await pool.execute('echo', [1])).toBe(1);
    await pool.shutdown();
    expect(alive(pool)).toBe(0);
    expect(await rejection(pool.execute('echo', [1]))).toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });
});

describe('its options', () => {
  it.each<[object, string]>([
    [{}, 'Invalid workers.max: undefined. Must be an integer between 1 and 1024.'],
    [{ max: 0 }, 'Invalid workers.max: 0. '],
    [{ max: 1025 }, 'Invalid workers.max: 1025. '],
    [{ min: -1, max: 2 }, 'Invalid workers.min: -1. '],
    [{ min: 3, max: 2 }, 'Invalid workers.min: 3. Must not be above workers.max, which is 2.'],
    [{ max: 2, idleTimeout: 0 }, 'Invalid workers.idleTimeout: 0. '],
    [
      { max: 2, idleTimeOut: 5 },
      'Unknown option of workers: "idleTimeOut". Did you mean idleTimeout?',
    ],
  ])('are checked: %p', (workers, message) => {
    const error = thrown(() => newPool(GATED, { workers: workers as ElasticWorkers }));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(error.message).toContain(message);
  });

  it('may be null, and an idle time may be infinite', async () => {
    const pool = elastic({ min: null, max: 2, idleTimeout: Number.POSITIVE_INFINITY });
    await pool.initialize();
    expect(alive(pool)).toBe(1);
  });
});
