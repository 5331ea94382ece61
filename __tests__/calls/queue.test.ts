/** Bounds on waiting: `maxQueue` and `queueTimeout`. */

import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import { fixture, gate, rejection, withPool } from '../support';

const GATED = fixture('waits_at_gate.py');

/** Runs `body` while the only worker of a pool waits at a gate, then opens the gate. */
async function whileBusy(
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool, open: () => void) => Promise<void>,
): Promise<void> {
  await withPool(GATED, options, async (pool) => {
    const door = gate();
    const running = pool.execute('wait', [door.path, 'done']);
    await door.reached();
    await body(pool, door.open);
    door.open();
    expect(await running).toBe('done');
  });
}

describe('maxQueue', () => {
  it('of 1 is told as one call', async () => {
    await whileBusy({ maxQueue: 1 }, async (pool, open) => {
      const waiting = pool.execute('echo', [1]);
      const error = await rejection(pool.execute('echo', [2]));
      expect(error.message).toContain('and 1 call is already waiting, as many as maxQueue allows');
      open();
      expect(await waiting).toBe(1);
    });
  });

  it('refuses a call beyond the limit at once, and accepts others when there is room', async () => {
    await whileBusy({ maxQueue: 2 }, async (pool, open) => {
      const waiting = [pool.execute('echo', [1]), pool.execute('echo', [2])];
      const error = await rejection(pool.execute('echo', [3]));
      expect(error).toMatchObject({ code: 'ERR_QUEUE_FULL', limit: 2 });
      expect(error.message).toBe(
        'All workers are busy or still starting, and 2 calls are already waiting, as many as maxQueue allows. Submit fewer ' +
          'calls at a time, add workers, or raise the option maxQueue.',
      );
      open();
      expect(await Promise.all(waiting)).toEqual([1, 2]);
      expect(await Promise.all([pool.execute('echo', [4]), pool.execute('echo', [5])])).toEqual([
        4, 5,
      ]);
    });
  });

  it('of 0 accepts a call only when a worker is free', async () => {
    await whileBusy({ maxQueue: 0 }, async (pool, open) => {
      expect((await rejection(pool.execute('echo', [1]))).code).toBe('ERR_QUEUE_FULL');
      open();
    });
    await withPool(GATED, { maxQueue: 0, workers: 2 }, async (pool) => {
      for (let call = 0; call < 50; call++) {
        expect(await pool.execute('echo', [call])).toBe(call);
      }
    });
  });

  it('has no bound by default', async () => {
    await whileBusy({}, async (pool, open) => {
      const calls = Array.from({ length: 5000 }, (_, index) => pool.execute('echo', [index]));
      open();
      expect(await Promise.all(calls)).toEqual(calls.map((_, index) => index));
    });
  });
});

describe('queueTimeout', () => {
  it('fails a call that waits too long, which never reaches Python', async () => {
    await whileBusy({ queueTimeout: 100, timeout: 60_000 }, async (pool, open) => {
      const never = gate();
      const error = await rejection(pool.execute('wait', [never.path]));
      expect(error).toMatchObject({ code: 'ERR_QUEUE_TIMEOUT', timeout: 100 });
      expect(error.message).toBe(
        'The call waited 100ms for a free worker, as long as queueTimeout allows. Submit fewer ' +
          'calls at a time, add workers, or raise the option queueTimeout.',
      );
      expect(error).not.toHaveProperty('pythonStack');
      open();
      expect(await pool.execute('echo', ['next'])).toBe('next');
      expect(never.waiters()).toEqual([]);
    });
  });

  it('ends when a worker gets the call, whose own timeout begins then', async () => {
    await withPool(GATED, { queueTimeout: 60_000, timeout: 200 }, async (pool) => {
      const never = gate();
      const running = rejection(pool.execute('wait', [never.path]));
      const queued = pool.execute('echo', ['patient']);
      expect((await running).code).toBe('ERR_CALL_TIMEOUT');
      expect(await queued).toBe('patient');
    });
  });

  it('applies while a crashed worker is restarted', async () => {
    await withPool(GATED, { queueTimeout: 150 }, async (pool) => {
      const never = gate();
      await rejection(pool.execute('crash'));
      await rejection(pool.execute('crash'));
      const codes = await Promise.all(
        [pool.execute('wait', [never.path], { timeout: 1000 }), pool.execute('echo', [1])].map(
          async (call) => (await rejection(call)).code,
        ),
      );
      expect(codes[1]).toBe('ERR_QUEUE_TIMEOUT');
    });
  });

  it('may be Infinity', async () => {
    await whileBusy({ queueTimeout: Infinity }, async (pool, open) => {
      const queued = pool.execute('echo', [1]);
      open();
      expect(await queued).toBe(1);
    });
  });
});
