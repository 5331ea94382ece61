/** Several calls at a time in one worker: `concurrencyPerWorker` and `threadsPerWorker`. */

import { PythonWorkerPool, type PythonWorkerPoolOptions } from '../..';
import { captureLogger, eventually, fixture, gate, onUnix, rejection, withPool } from '../support';

const SCRIPT = fixture('runs_many_calls.py');

const withMany = (
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<void>,
) => withPool(SCRIPT, options, body);

/** The results of these calls, each its value or the code of its error. */
async function outcomes(calls: Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code));
}

describe('concurrencyPerWorker', () => {
  it('so many async calls run in one worker at a time, and the others wait', async () => {
    await withMany({ concurrencyPerWorker: 20 }, async (pool) => {
      const door = gate();
      const calls = Array.from({ length: 25 }, (_, i) => pool.execute('wait', [door.path, i]));
      const pids = await door.reached(20);
      expect(new Set(pids)).toEqual(new Set([await pid(pool)]));
      expect(door.waiters()).toHaveLength(20);
      door.open();
      expect(await Promise.all(calls)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    });
  });

  it('calls go to the worker with the fewest', async () => {
    await withMany({ workers: 2, concurrencyPerWorker: 3 }, async (pool) => {
      const door = gate();
      const calls = Array.from({ length: 6 }, (_, i) => pool.execute('wait', [door.path, i]));
      const pids = await door.reached(6);
      const counts = [...new Set(pids)].map((one) => pids.filter((pid) => pid === one).length);
      expect(counts).toEqual([3, 3]);
      door.open();
      await Promise.all(calls);
    });
  });

  it('each call has context variables of its own', async () => {
    await withMany({ concurrencyPerWorker: 5 }, async (pool) => {
      const door = gate();
      const names = ['a', 'b', 'c', 'd', 'e'];
      const calls = names.map((name) => pool.execute('set_and_get', [door.path, name]));
      await door.reached(5);
      door.open();
      expect(await Promise.all(calls)).toEqual(names);
    });
  });

  it('a function that returns an awaitable counts as async once it has', async () => {
    await withMany({ concurrencyPerWorker: 3 }, async (pool) => {
      const door = gate();
      const calls = [0, 1, 2].map((i) => pool.execute('deferred', [door.path, i]));
      await door.reached(3);
      door.open();
      expect(await Promise.all(calls)).toEqual([0, 1, 2]);
    });
  });

  it('a plain call runs beside async ones that wait', async () => {
    await withMany({ concurrencyPerWorker: 2 }, async (pool) => {
      const door = gate();
      const calls = [0, 1].map((i) => pool.execute('wait', [door.path, i]));
      await door.reached(2);
      expect(await pool.execute('plain', ['x'])).toBe('x');
      door.open();
      expect(await Promise.all(calls)).toEqual([0, 1]);
    });
  });

  it('with the default, one call runs at a time', async () => {
    await withMany({}, async (pool) => {
      const door = gate();
      const calls = [0, 1].map((i) => pool.execute('wait', [door.path, i]));
      await door.reached(1);
      expect(door.waiters()).toHaveLength(1);
      door.open();
      expect(await Promise.all(calls)).toEqual([0, 1]);
    });
  });

  it('all 50 calls of a worker that crashes settle, none runs again, and the next succeed', async () => {
    await withMany({ concurrencyPerWorker: 50 }, async (pool) => {
      const door = gate();
      const calls = Array.from({ length: 49 }, (_, i) => pool.execute('wait', [door.path, i]));
      const errors = calls.map((call) => rejection(call));
      await door.reached(49);
      errors.push(rejection(pool.execute('crash')));
      const all = await Promise.all(errors);
      expect(all).toHaveLength(50);
      for (const error of all) {
        expect(error).toMatchObject({
          code: 'ERR_WORKER_CRASHED',
          exitCode: 3,
          started: true,
          collateral: true,
        });
      }
      expect(await pool.execute('echo', ['next'])).toBe('next');
      expect(door.waiters()).toHaveLength(49);
    });
  });

  it('is an integer from 1 to 1024', async () => {
    for (const value of [0, 1.5, 1025, '2']) {
      const options = { concurrencyPerWorker: value } as PythonWorkerPoolOptions;
      expect(() => new PythonWorkerPool(SCRIPT, options)).toThrow(/concurrencyPerWorker/);
    }
  });
});

describe('threadsPerWorker', () => {
  it('so many plain calls run in threads of one worker', async () => {
    await withMany({ threadsPerWorker: 4 }, async (pool) => {
      const door = gate();
      const calls = [0, 1, 2, 3, 4].map((i) => pool.execute('wait_in_thread', [door.path, i]));
      const pids = await door.reached(4);
      expect(new Set(pids).size).toBe(1);
      expect(door.waiters()).toHaveLength(4);
      door.open();
      expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4].map((i) => [i, false]));
    });
  });

  it('async calls run beside those in threads', async () => {
    await withMany({ threadsPerWorker: 2, concurrencyPerWorker: 2 }, async (pool) => {
      const door = gate();
      const names = ['wait', 'wait_in_thread', 'wait', 'wait_in_thread'];
      const calls = names.map((name, i) => pool.execute(name, [door.path, i]));
      await door.reached(4);
      door.open();
      expect(await Promise.all(calls)).toEqual([0, [1, false], 2, [3, false]]);
    });
  });

  it('a thread is not interrupted: its worker is replaced, once its other calls are done', async () => {
    await withMany({ threadsPerWorker: 2 }, async (pool) => {
      const before = await pid(pool);
      const [never, door] = [gate(), gate()];
      const late = pool.execute('wait_in_thread', [never.path], { timeout: 200 });
      const neighbor = pool.execute('wait_in_thread', [door.path, 'neighbor']);
      await door.reached(1);
      expect((await rejection(late)).code).toBe('ERR_CALL_TIMEOUT');
      door.open();
      expect(await neighbor).toEqual(['neighbor', false]);
      await eventually('another worker', async () => (await pid(pool)) !== before);
    });
  });
});

describe('a call that blocks the event loop', () => {
  it('is told, with its stack, while others wait for it', async () => {
    const { logger, messages } = captureLogger();
    await withMany({ concurrencyPerWorker: 3, logger }, async (pool) => {
      const door = gate();
      const others = [0, 1].map((i) => pool.execute('wait', [door.path, i]));
      await door.reached(2);
      const blocks = pool.execute('block', [door.path, 4]);
      door.open();
      expect(await outcomes([blocks, ...others])).toEqual(['done', 0, 1]);
      const [warning, ...more] = messages('warn');
      expect(more).toEqual([]);
      expect(warning).toMatch(/blocked its event loop for 1 s[\s\S]*in block/);
    });
  });
});

async function pid(pool: PythonWorkerPool): Promise<number> {
  return pool.execute('pid');
}

onUnix.it(
  'a worker that is stopped is replaced, and calls that it has not started run in the next',
  async () => {
    await withMany({ concurrencyPerWorker: 4, timeout: 1000 }, async (pool) => {
      const stopped = await pid(pool);
      process.kill(stopped, 'SIGSTOP');
      const late = rejection(pool.execute('echo', ['late']));
      const others = [1, 2, 3].map((value) => pool.execute('echo', [value]));
      expect(await late).toMatchObject({ code: 'ERR_CALL_TIMEOUT', started: false });
      expect(await Promise.all(others)).toEqual([1, 2, 3]);
      expect(await pid(pool)).not.toBe(stopped);
    });
  },
);
