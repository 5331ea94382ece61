/** Calls that are made while a pool starts wait for it. */

import { newPool, rejection, startingPool, writeScript } from '../support';

describe('a call during a start', () => {
  it('waits until initialize has succeeded', async () => {
    const { pool, start, open } = await startingPool(2);
    const order: string[] = [];
    const call = pool.execute('pid', []).then(() => order.push('call'));
    const started = start.then(() => order.push('start'));
    open();
    await Promise.all([call, started]);
    expect(order).toEqual(['start', 'call']);
  });

  it('may be made before anything else has happened', async () => {
    const pool = newPool(writeScript('def f(x): return x + 1\n'));
    const start = pool.initialize();
    await expect(pool.execute('f', [1])).resolves.toBe(2);
    await start;
  });

  it('fails with the start', async () => {
    const script = writeScript('1 / 0\n');
    const pool = newPool(script, { workers: 2 });
    const start = rejection(pool.initialize());
    const errors = await Promise.all([
      rejection(pool.execute('f', [])),
      rejection(pool.execute('g', [])),
    ]);
    const { code, message } = await start;
    expect(code).toBe('ERR_PYTHON_LOAD');
    for (const error of errors) {
      expect(error).toMatchObject({ code, message, script, started: false });
      expect(error).not.toHaveProperty('worker');
    }
    expect(errors.map((error) => error.function)).toEqual(['f', 'g']);
  });

  it('fails with a Python that is not there', async () => {
    const pool = newPool(writeScript('def f(): pass\n'), { pythonPath: 'no-such-python' });
    const start = rejection(pool.initialize());
    const error = await rejection(pool.execute('f', []));
    expect(error).toMatchObject({ code: 'ERR_PYTHON_NOT_FOUND', started: false, function: 'f' });
    expect((await start).code).toBe('ERR_PYTHON_NOT_FOUND');
  });

  it('counts as waiting: maxQueue, queueTimeout and signals apply', async () => {
    const { pool, start, open } = await startingPool(1, { maxQueue: 2, queueTimeout: 300 });
    const { signal, abort } = controller();
    const aborted = rejection(pool.execute('pid', [], { signal }));
    const late = rejection(pool.execute('pid', []));
    expect((await rejection(pool.execute('pid', []))).code).toBe('ERR_QUEUE_FULL');
    abort();
    expect((await aborted).code).toBe('ABORT_ERR');
    expect(await late).toMatchObject({
      code: 'ERR_QUEUE_TIMEOUT',
      message:
        'The call waited 300ms for a free worker, as long as queueTimeout allows, and no worker was ready: each ' +
        'was starting, or restarting after a crash or a timeout. See the log for the reason, or raise the option ' +
        'queueTimeout above the time that a start takes.',
    });
    open();
    await start;
  });

  it('is rejected by a shutdown', async () => {
    const { pool, start } = await startingPool();
    const call = rejection(pool.execute('pid', []));
    await pool.shutdown();
    const error = await call;
    expect(error).toMatchObject({ code: 'ERR_POOL_CLOSED', message: 'Worker pool shutting down' });
    expect((await rejection(start)).code).toBe('ERR_POOL_CLOSED');
  });
});

function controller(): { signal: AbortSignal; abort: () => void } {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
