/** A shutdown that lets calls finish first. */

import { fixture, gate, newPool, newWorker, rejection } from '../support';

const SCRIPT = fixture('waits_at_gate.py');

async function waitingPool() {
  const pool = newPool(SCRIPT);
  await pool.initialize();
  const door = gate();
  const running = pool.execute('wait', [door.path, 'ran']);
  await door.reached();
  return { pool, door, running };
}

describe('shutdown with drain', () => {
  it('lets running and queued calls finish, and refuses new ones', async () => {
    const { pool, door, running } = await waitingPool();
    const queued = pool.execute('echo', ['queued']);
    const closing = pool.shutdown({ drain: true });
    const refused = await rejection(pool.execute('echo', ['new']));
    expect(refused).toMatchObject({ code: 'ERR_POOL_CLOSED', started: false, function: 'echo' });
    door.open();
    await expect(Promise.all([running, queued])).resolves.toEqual(['ran', 'queued']);
    await closing;
    expect(pool.getWorkerCount()).toBe(0);
  });

  it('ends what is left after its milliseconds', async () => {
    const { pool, running } = await waitingPool();
    const queued = rejection(pool.execute('echo', ['queued']));
    const errors = [rejection(running), queued];
    await pool.shutdown({ drain: 100 });
    for (const error of await Promise.all(errors)) {
      expect(error.code).toBe('ERR_POOL_CLOSED');
    }
  });

  it.each([{ drain: false }, { drain: 0 }, { drain: null }, {}, null])(
    'ends everything at once for %j',
    async (options) => {
      const { pool, running } = await waitingPool();
      const error = rejection(running);
      await pool.shutdown(options);
      expect((await error).code).toBe('ERR_POOL_CLOSED');
    },
  );

  it('serves the calls that wait for a start', async () => {
    const pool = newPool(SCRIPT);
    const start = pool.initialize();
    const call = pool.execute('echo', ['early']);
    await pool.shutdown({ drain: true });
    await expect(call).resolves.toBe('early');
    await start;
  });

  it('is cut short by a shutdown without it', async () => {
    const { pool, running } = await waitingPool();
    const error = rejection(running);
    const draining = pool.shutdown({ drain: true });
    await pool.shutdown();
    await draining;
    expect((await error).code).toBe('ERR_POOL_CLOSED');
  });

  it('may be followed by a start', async () => {
    const { pool, door, running } = await waitingPool();
    const closing = pool.shutdown({ drain: true });
    const start = pool.initialize();
    door.open();
    await Promise.all([running, closing, start]);
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('works for a PythonWorker', async () => {
    const worker = newWorker(SCRIPT, 'echo', null, null, null, { logger: {} });
    await worker.initialize();
    const door = gate();
    const running = worker.call('wait', [door.path, 'ran']);
    await door.reached();
    const closing = worker.shutdown({ drain: true });
    door.open();
    await expect(running).resolves.toBe('ran');
    await closing;
    expect(worker.isReady()).toBe(false);
  });

  it('has no other option', async () => {
    const pool = newPool(SCRIPT);
    const error = await rejection(pool.shutdown({ drian: true } as never));
    expect(error.message).toBe('Unknown option: "drian". The only option is drain.');
  });

  it.each([{ drain: -1 }, { drain: Number.NaN }, { drain: 'yes' }, { drian: true }, [], 5])(
    'rejects for %p and closes nothing',
    async (options) => {
      const pool = newPool(SCRIPT);
      await pool.initialize();
      const error = await rejection(pool.shutdown(options as never));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      await expect(pool.execute('echo', [1])).resolves.toBe(1);
    },
  );
});
