/** Which worker runs which call, and workers that do not respond. */

import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixture, newPool, onUnix, rejection, tempFolder, withPool } from '../support';

const SCRIPT = fixture('stops_responding.py');

describe('a burst of calls', () => {
  onUnix.it('is spread over all workers', async () => {
    let even = 0;
    for (let round = 0; round < 5; round++) {
      await withPool(SCRIPT, { workers: 2 }, async (pool) => {
        const counts = await Promise.all([1, 2, 3, 4].map(() => pool.execute('count')));
        expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(6);
        even += Number(Math.max(...counts) === 2);
      });
    }
    // On a busy machine a short call may take 20 ms, which looks long.
    expect(even).toBeGreaterThanOrEqual(4);
  });
});

describe('a worker that does not respond', () => {
  onUnix.it('costs its next call milliseconds while another worker is idle', async () => {
    await withPool(SCRIPT, { workers: 2 }, async (pool) => {
      await Promise.all([pool.execute('nap', [0.05]), pool.execute('nap', [0.05])]);
      const busy = await pool.execute('hold_interpreter_lock', [5]);
      await sleep(500);
      const begun = Date.now();
      const pids = await Promise.all([pool.execute('pid'), pool.execute('pid')]);
      expect(Date.now() - begun).toBeLessThan(3000);
      expect(pids).not.toContain(busy);
    });
  });

  onUnix.it('is replaced if it never answers again, which is no crash', async () => {
    await withPool(SCRIPT, { workers: 2, timeout: 1000, maxCrashes: 1 }, async (pool) => {
      const [first] = await Promise.all([pool.execute('pid'), pool.execute('nap', [0.2])]);
      process.kill(first, 'SIGSTOP');
      const seen = new Set();
      const end = Date.now() + 20_000;
      while (seen.size < 2 && Date.now() < end) {
        const pids = await Promise.all([pool.execute('pid'), pool.execute('pid')]);
        for (const pid of pids) if (pid !== first) seen.add(pid);
        await sleep(50);
      }
      expect(seen.size).toBeGreaterThanOrEqual(2);
    });
  });

  onUnix.it('makes a call time out that says it has not started', async () => {
    await withPool(SCRIPT, { timeout: 500 }, async (pool) => {
      process.kill(await pool.execute('pid'), 'SIGSTOP');
      const error = await rejection(pool.execute('pid'));
      expect(error).toMatchObject({
        code: 'ERR_CALL_TIMEOUT',
        message: 'Python worker timed out after 500ms',
        started: false,
        hint: expect.stringContaining('had not begun'),
      });
    });
  });
});

describe('a script that changes the flags of its descriptors', () => {
  onUnix.it.each([true, false])('does no harm (blocking: %s)', async (blocking) => {
    await withPool(SCRIPT, {}, async (pool) => {
      await pool.execute('set_blocking', [blocking]);
      const abort = new AbortController();
      const napping = rejection(pool.execute('nap', [60], { signal: abort.signal }));
      setTimeout(() => abort.abort(), 200);
      expect(await napping).toMatchObject({ code: 'ABORT_ERR', started: true });
      expect(await pool.execute('nap', [0])).toBe('done');
    });
  });
});

onUnix.it(
  'a worker exits by itself though the script has made its descriptors blocking',
  async () => {
    const folder = tempFolder();
    const env = { ...process.env, TEST_FOLDER: folder };
    const pool = newPool(fixture('blocks_on_descriptors.py'), { workers: 2, env });
    await pool.initialize();
    // The last two lie behind the first two, and are taken back.
    const naps = [0.2, 0.2, 0, 0].map((seconds) => pool.execute('nap', [seconds]));
    const pids = new Set(await Promise.all(naps));
    expect(pids.size).toBe(2);
    await pool.shutdown();
    expect(readdirSync(folder).map(Number).sort()).toEqual([...pids].sort());
  },
);

describe('retries', () => {
  it('run a call again whose worker was lost', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const marker = `${tempFolder()}/marker`;
      expect(await pool.execute('crash_once', [marker], { retries: 1 })).toBe('second run');
    });
  });

  it('end with the crash', async () => {
    await withPool(SCRIPT, { maxCrashes: 5 }, async (pool) => {
      const error = await rejection(pool.execute('crash', [], { retries: 1 }));
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 3, started: true });
      expect(error).not.toHaveProperty('collateral');
    });
  });

  it('end with the last worker', async () => {
    await withPool(SCRIPT, { maxCrashes: 1 }, async (pool) => {
      const calls = [pool.execute('crash', [], { retries: 1 }), pool.execute('pid')];
      const errors = await Promise.all(calls.map((call) => rejection(call)));
      expect(errors).toMatchObject([
        { code: 'ERR_POOL_DEAD', started: true },
        { code: 'ERR_POOL_DEAD', started: false },
      ]);
    });
  });

  it('are checked', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      for (const retries of [-1, 0.5, Number.NaN, '1']) {
        const options = { retries: retries as number };
        const error = await rejection(pool.execute('pid', [], options));
        expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      }
    });
  });
});
