/** The answers of a pool before, during and after its life. */

import { fixture, newPool, rejection, startingPool, withPool, writeScript } from '../support';

const SCRIPT = fixture('waits_at_gate.py');

describe('execute', () => {
  it('is rejected before initialize, while closing, and after a shutdown', async () => {
    const pool = newPool(SCRIPT);
    const outcome = async () => {
      const { code, message } = await rejection(pool.execute('pid', []));
      return [code, message];
    };
    expect(await outcome()).toEqual(['ERR_NOT_INITIALIZED', 'Worker pool not initialized']);
    await pool.initialize();
    await expect(pool.execute('pid', [])).resolves.toEqual(expect.any(Number));
    const closing = pool.shutdown();
    expect(await outcome()).toEqual(['ERR_POOL_CLOSED', 'Worker pool not initialized']);
    await closing;
    expect(await outcome()).toEqual(['ERR_POOL_CLOSED', 'Worker pool not initialized']);
  });

  it('is rejected after a failed initialize', async () => {
    const pool = newPool(writeScript('1 / 0\n'));
    await rejection(pool.initialize());
    const error = await rejection(pool.execute('pid', []));
    expect(error.code).toBe('ERR_NOT_INITIALIZED');
    expect(error.message).toBe('Worker pool not initialized');
  });

  it('works as soon as initialize resolves', async () => {
    const pool = newPool(SCRIPT, { workers: 2 });
    const values = pool
      .initialize()
      .then(() =>
        Promise.all(Array.from({ length: 50 }, (_, index) => pool.execute('echo', [index]))),
      );
    await expect(values).resolves.toEqual(Array.from({ length: 50 }, (_, index) => index));
  });
});

describe('getWorkerCount', () => {
  it('is 0 unless the pool is running', async () => {
    const { pool, start, open } = await startingPool(2);
    expect(pool.getWorkerCount()).toBe(0);
    open();
    await start;
    expect(pool.getWorkerCount()).toBe(2);
    const closing = pool.shutdown();
    expect(pool.getWorkerCount()).toBe(0);
    await closing;
    expect(pool.getWorkerCount()).toBe(0);
  });

  it('is 0 before and after a failed initialize', async () => {
    const pool = newPool(writeScript('1 / 0\n'), { workers: 3 });
    expect(pool.getWorkerCount()).toBe(0);
    await rejection(pool.initialize());
    expect(pool.getWorkerCount()).toBe(0);
  });

  it('stays the same while a worker is replaced', async () => {
    await withPool(SCRIPT, { workers: 2 }, async (pool) => {
      await rejection(pool.execute('crash', []));
      expect(pool.getWorkerCount()).toBe(2);
      await pool.execute('pid', []);
      expect(pool.getWorkerCount()).toBe(2);
    });
  });
});
