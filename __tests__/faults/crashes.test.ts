/** Workers that die, are killed, or would not go: what becomes of the call, and of the next. */

import path from 'node:path';
import type { PythonPoolError } from '../..';
import {
  afterTest,
  allGone,
  eventually,
  fixture,
  gate,
  isAlive,
  leavesNothing,
  linesOf,
  newPool,
  rejection,
  runNode,
  tempFolder,
  withUnharmedPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('crashes.py');

// Signals, limits and `fork` are POSIX.
const onUnix = process.platform === 'win32' ? describe.skip : describe;

/** The file that a call tells its processes in. */
const pidFile = () => path.join(tempFolder(), 'pids');
const pidsIn = (file: string) => linesOf(file).map(Number);

/** Has processes killed after the test that no pool may touch. */
function killedAtEnd(...pids: number[]): void {
  afterTest(async () => {
    for (const pid of pids.filter(isAlive)) {
      process.kill(pid, 'SIGKILL');
    }
    await allGone(pids);
  });
}

onUnix('a worker that dies in a call fails that call, which is not tried again:', () => {
  it.each<[string, Partial<PythonPoolError>]>([
    ['os._exit', { exitCode: 3 }],
    ['segfault', { signal: 'SIGSEGV' }],
    ['segfault in a thread', { signal: 'SIGSEGV' }],
    ['abort', { signal: 'SIGABRT' }],
    ['memory limit', { signal: 'SIGABRT' }],
    ['time limit', { signal: 'SIGXCPU' }],
    ['SIGKILL to its group', { signal: 'SIGKILL' }],
  ])('%s', async (way, fields) => {
    await withUnharmedPool(SCRIPT, {}, async (pool) => {
      const pids = pidFile();
      const call = rejection(pool.execute('crash', [pids, way]));
      const queued = pool.execute('pid');
      const error = await call;
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', ...fields });
      const status = fields.signal ? `signal ${fields.signal}` : `exit code ${fields.exitCode}`;
      expect(error.message).toBe(`Worker crashed (${status})`);
      const successor = await queued;
      expect(pidsIn(pids)).toEqual([expect.any(Number)]);
      expect(pidsIn(pids)).not.toContain(successor);
      expect(pidsIn(pids).filter(isAlive)).toEqual([]);
    });
  });

  it('SIGKILL from outside', async () => {
    await withUnharmedPool(SCRIPT, {}, async (pool) => {
      const door = gate();
      const call = rejection(pool.execute('wait', [door.path]));
      const [pid] = await door.reached();
      process.kill(pid, 'SIGKILL');
      const error = await call;
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal: 'SIGKILL' });
      expect(error.hint).toMatch(/memory/);
      expect(isAlive(pid)).toBe(false);
      await expect(pool.execute('pid')).resolves.not.toBe(pid);
      expect(door.waiters()).toEqual([pid]);
    });
  });

  it('SIGKILL from outside while it is stopped', async () => {
    await withUnharmedPool(SCRIPT, {}, async (pool) => {
      const door = gate();
      const call = rejection(pool.execute('wait', [door.path]));
      const [pid] = await door.reached();
      process.kill(pid, 'SIGSTOP');
      process.kill(pid, 'SIGKILL');
      expect(await call).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal: 'SIGKILL' });
    });
  });
});

describe('an idle worker that ends by itself', () => {
  it('is replaced, and the next call succeeds', async () => {
    const script = writeScript(
      'import os, threading\n' +
        'def leave(gate):\n' +
        '    def run():\n' +
        '        while not os.path.exists(gate): pass\n' +
        '        os._exit(7)\n' +
        '    threading.Thread(target=run).start()\n' +
        '    return os.getpid()\n' +
        'def pid(): return os.getpid()\n' +
        'def echo(value): return value\n',
    );
    await withUnharmedPool(script, {}, async (pool) => {
      const door = gate();
      const pid: number = await pool.execute('leave', [door.path]);
      door.open();
      await allGone([pid]);
      const successor = await eventually('the successor', () => pool.execute('pid'));
      expect(successor).not.toBe(pid);
    });
  });
});

onUnix(
  'a process that inherits every descriptor and outlives the worker does not hide its end:',
  () => {
    it.each(['subprocess', 'os.fork', 'fork of the C library'])('by %s, in a call', async (way) => {
      await withUnharmedPool(SCRIPT, {}, async (pool) => {
        const heirFile = pidFile();
        const error = await rejection(pool.execute('start_heir_and_crash', [heirFile, 600, way]));
        const [heir] = pidsIn(heirFile);
        killedAtEnd(heir);
        expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 4 });
        // It has a session of its own, and is none of our business.
        expect(isAlive(heir)).toBe(true);
      });
    });

    it.each(['subprocess', 'os.fork', 'fork of the C library'])(
      'by %s, at shutdown',
      async (way) => {
        const pool = newPool(SCRIPT);
        await pool.initialize();
        const pid: number = await pool.execute('pid');
        const heir: number = await pool.execute('start_heir', [600, way]);
        killedAtEnd(heir);
        await pool.shutdown();
        expect(isAlive(pid)).toBe(false);
        expect(isAlive(heir)).toBe(true);
      },
    );

    it('nor does one that goes on to write on both streams', async () => {
      await withUnharmedPool(SCRIPT, {}, async (pool) => {
        const heirFile = pidFile();
        const error = await rejection(pool.execute('start_flooding_heir_and_crash', [heirFile]));
        const [heir] = pidsIn(heirFile);
        killedAtEnd(heir);
        expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 4 });
      });
    });
  },
);

onUnix('an end that hangs', () => {
  const WAYS = ['thread', 'hook', 'stubborn hook', 'hook in C'];

  it('bounds shutdown() to 5 s in all, and the groups of all workers are killed then', async () => {
    const file = pidFile();
    /** A pool of two workers, both of which hang at exit. */
    const hangingPool = async (way: string, env: NodeJS.ProcessEnv) => {
      const pool = newPool(SCRIPT, { workers: 2, env });
      await pool.initialize();
      const door = gate();
      const both = [1, 2].map(() => pool.execute('hang_at_exit', [way, file, door.path]));
      await door.reached(2);
      door.open();
      await Promise.all(both);
      return pool;
    };
    await leavesNothing(async (env) => {
      const pools = await Promise.all(WAYS.map((way) => hangingPool(way, env)));
      const pids = pidsIn(file);
      expect(pids).toHaveLength(4 * WAYS.length);
      expect(pids.every(isAlive)).toBe(true);
      const begin = performance.now();
      await Promise.all(pools.map((pool) => pool.shutdown()));
      // Five, and what a busy machine takes to reap them.
      expect(performance.now() - begin).toBeLessThan(9000);
      await allGone(pids);
    });
  });

  it.each(WAYS)('(a %s) does not keep Node.js when shutdown() was forgotten', async (way) => {
    const file = pidFile();
    const { code, stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'pid', { logger: {} });
       await pool.initialize();
       await pool.execute('hang_at_exit', argv.slice(1));
       process.on('exit', () => console.log(Date.now()));`,
      [SCRIPT, way, file],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // A quarter of a second for the hooks, and what a busy machine takes to end a process.
    expect(Date.now() - Number(stdout)).toBeLessThan(3000);
    expect(pidsIn(file)).toHaveLength(2);
    await allGone(pidsIn(file), 3000);
  });
});

onUnix('a script that ignores every signal', () => {
  it('serves on, and ends at shutdown()', async () => {
    await withUnharmedPool(SCRIPT, {}, async (pool) => {
      const pid: number = await pool.execute('pid');
      expect(await pool.execute('ignore_every_signal')).toEqual(expect.arrayContaining([9, 19]));
      process.kill(pid, 'SIGTERM');
      await expect(pool.execute('pid')).resolves.toBe(pid);
    });
  });
});

onUnix('a script that closes descriptors', () => {
  it.each([
    [3, 64],
    [3, 4096],
    [0, 4096],
  ])('from %d up to %d works on, or its worker crashes: no call hangs', async (first, last) => {
    await withUnharmedPool(SCRIPT, {}, async (pool) => {
      for (let round = 0; round < 2; round++) {
        const outcome = await pool
          .execute('close_descriptors', [first, last])
          .catch((error) => error);
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: 'ERR_WORKER_CRASHED' });
        } else {
          expect(outcome).toEqual(expect.any(Number));
        }
        await expect(pool.execute('echo', [round])).resolves.toBe(round);
      }
    });
  });
});
