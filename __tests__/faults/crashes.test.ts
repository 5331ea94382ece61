/** Workers that die or are killed: what becomes of the call, and of the next. */

import type { PythonPoolError } from '../..';
import {
  afterTest,
  allGone,
  callError,
  fixture,
  gate,
  isAlive,
  newPool,
  onUnix,
  pidFile,
  pidsIn,
  rejection,
  withUnharmedPool,
} from '../support';

const SCRIPT = fixture('crashes.py');
const ERRORS = fixture('fails_every_way.py');

/** Has processes killed after the test that no pool may touch. */
function killedAtEnd(...pids: number[]): void {
  afterTest(async () => {
    for (const pid of pids.filter(isAlive)) {
      process.kill(pid, 'SIGKILL');
    }
    await allGone(pids);
  });
}

describe('ERR_WORKER_CRASHED', () => {
  it('has the exit code', async () => {
    const error = await callError(ERRORS, 'crash', [3]);
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 3, stderrTail: '' });
    expect(error.message).toBe('Worker crashed (exit code 3)');
    expect(error.signal).toBeUndefined();
  });

  it('has the exit code 0 of a worker that left in silence', async () => {
    const error = await callError(ERRORS, 'crash', [0]);
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 0 });
    expect(error.message).toBe('Worker crashed (exit code 0)');
  });

  it('has what the worker last wrote to stderr', async () => {
    const error = await callError(ERRORS, 'say_and_crash', ['a line\nlast wörds', 4]);
    expect(error).toMatchObject({ exitCode: 4, stderrTail: 'a line\nlast wörds' });
  });

  it('has the last 64 KiB of a long stderr', async () => {
    const error = await callError(ERRORS, 'say_and_crash', [
      `${'0123456789\n'.repeat(30_000)}END`,
      4,
    ]);
    const tail = error.stderrTail ?? '';
    expect(tail).toMatch(/9\nEND$/);
    expect(tail.length).toBeGreaterThan(60 * 1024);
    expect(tail.length).toBeLessThanOrEqual(64 * 1024);
  });

  onUnix.it.each(['SIGKILL', 'SIGTERM', 'SIGABRT', 'SIGSEGV', 'SIGBUS'])(
    'has the signal %s',
    async (signal) => {
      const error = await callError(ERRORS, 'kill_myself', [signal]);
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal });
      expect(error.message).toBe(`Worker crashed (signal ${signal})`);
      expect(error.exitCode).toBeUndefined();
    },
  );

  onUnix.it('has a hint for SIGKILL, which says whether memory may be the cause', async () => {
    expect((await callError(ERRORS, 'kill_myself', ['SIGKILL'])).hint).toMatch(
      // Which of the hints it is depends on what else happens on this machine.
      /the kernel's out-of-memory killer/i,
    );
    expect((await callError(ERRORS, 'crash', [1])).hint).toBeUndefined();
  });

  onUnix.it(
    'has the stack of a real segfault, innermost call last, and in its stderr',
    async () => {
      const error = await callError(ERRORS, 'read_nothing', []);
      expect(error.pythonStack).toMatch(
        /^(Current thread|Thread) .*\(most recent call last\):\n[\s\S]*fails_every_way\.py", line \d+ in read_nothing\n/,
      );
      expect(error.pythonStack).not.toContain('_python_worker_pool');
      expect(error.message).toBe('Worker crashed (signal SIGSEGV)');
      expect(error.stderrTail).toMatch(
        /^Fatal Python error: Segmentation fault\n[\s\S]*fails_every_way\.py", line \d+ in read_nothing\n/,
      );
    },
  );
});

onUnix.describe('a worker that dies in a call fails that call, which is not tried again:', () => {
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

onUnix.describe(
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
