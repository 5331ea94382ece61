/** The errors of a worker that ends: a timeout, a crash, a crash too many. */

import type { PythonPoolError } from '../..';
import { fixture, gate, isAlive, rejection, withPool, withStack } from '../support';

const SCRIPT = fixture('fails_every_way.py');

// There are no signals on Windows, and a script can not find its private handles there.
const onUnix = process.platform === 'win32' ? it.skip : it;

/** The error of one call in a pool of its own. */
function errorOf(functionName: string, args: unknown[], script = SCRIPT): Promise<PythonPoolError> {
  return withPool(script, {}, (pool) => rejection(pool.execute(functionName, args)));
}

describe('ERR_CALL_TIMEOUT', () => {
  it('says where Python was, and costs the worker', async () => {
    await withPool(SCRIPT, { timeout: 300 }, async (pool) => {
      const pid = await pool.execute('pid', []);
      const error = await withStack(() => rejection(pool.execute('sleep_here', [600])));
      expect(error.code).toBe('ERR_CALL_TIMEOUT');
      expect(error.message).toBe('Python worker timed out after 300ms');
      expect(error.timeout).toBe(300);
      if (process.platform !== 'win32') {
        expect(error.pythonStack).toMatch(/fails_every_way\.py", line \d+ in sleep_here\n$/);
        expect(error.pythonStack).not.toContain('_python_worker_pool');
      }
      await expect(pool.execute('pid', [], { timeout: Infinity })).resolves.not.toBe(pid);
      expect(isAlive(pid)).toBe(false);
    });
  });

  it('is no crash: it does not count against the restarts', async () => {
    await withPool(SCRIPT, { maxCrashes: 2 }, async (pool) => {
      for (let index = 0; index < 4; index++) {
        const error = await rejection(pool.execute('sleep_here', [600], { timeout: 50 }));
        expect(error.message).toBe('Python worker timed out after 50ms');
      }
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
    });
  });

  it('does not run while a call is queued', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const door = gate();
      const first = pool.execute('wait', [door.path]);
      await door.reached();
      const queued = pool.execute('echo', ['patient'], { timeout: 2000 });
      // Longer than the bound of the queued call.
      await new Promise((resolve) => setTimeout(resolve, 2300));
      door.open();
      await first;
      await expect(queued).resolves.toBe('patient');
    });
  });
});

describe('ERR_WORKER_CRASHED', () => {
  it('has the exit code', async () => {
    const error = await errorOf('crash', [3]);
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 3, stderrTail: '' });
    expect(error.message).toBe('Worker crashed (exit code 3)');
    expect(error.signal).toBeUndefined();
  });

  it('has the exit code 0 of a worker that left in silence', async () => {
    const error = await errorOf('crash', [0]);
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 0 });
    expect(error.message).toBe('Worker crashed (exit code 0)');
  });

  it('has what the worker last wrote to stderr', async () => {
    const error = await errorOf('say_and_crash', ['a line\nlast wörds', 4]);
    expect(error).toMatchObject({ exitCode: 4, stderrTail: 'a line\nlast wörds' });
  });

  it('has the last 64 KiB of a long stderr', async () => {
    const error = await errorOf('say_and_crash', [`${'0123456789\n'.repeat(30_000)}END`, 4]);
    const tail = error.stderrTail ?? '';
    expect(tail).toMatch(/9\nEND$/);
    expect(tail.length).toBeGreaterThan(60 * 1024);
    expect(tail.length).toBeLessThanOrEqual(64 * 1024);
  });

  onUnix.each(['SIGKILL', 'SIGTERM', 'SIGABRT', 'SIGSEGV', 'SIGBUS'])(
    'has the signal %s',
    async (signal) => {
      const error = await errorOf('kill_myself', [signal]);
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal });
      expect(error.message).toBe(`Worker crashed (signal ${signal})`);
      expect(error.exitCode).toBeUndefined();
    },
  );

  onUnix('has a hint for SIGKILL, which says whether memory may be the cause', async () => {
    expect((await errorOf('kill_myself', ['SIGKILL'])).hint).toMatch(
      // Which of the hints it is depends on what else happens on this machine.
      /the kernel's out-of-memory killer/i,
    );
    expect((await errorOf('crash', [1])).hint).toBeUndefined();
  });

  onUnix('has the stack of a real segfault, innermost call last, and in its stderr', async () => {
    const error = await errorOf('read_nothing', []);
    expect(error.pythonStack).toMatch(
      /^(Current thread|Thread) .*\(most recent call last\):\n[\s\S]*fails_every_way\.py", line \d+ in read_nothing\n/,
    );
    expect(error.pythonStack).not.toContain('_python_worker_pool');
    expect(error.message).toBe('Worker crashed (signal SIGSEGV)');
    expect(error.stderrTail).toMatch(
      /^Fatal Python error: Segmentation fault\n[\s\S]*fails_every_way\.py", line \d+ in read_nothing\n/,
    );
  });

  onUnix('is a protocol error when the worker writes noise on its channel', async () => {
    const error = await errorOf('write_on_channel', ['ff'.repeat(64)]);
    expect(error.code).toBe('ERR_WORKER_CRASHED');
    expect(error.message).toBe('Worker crashed (protocol error)');
    expect(error.hint).toEqual(expect.any(String));
    expect([error.exitCode, error.signal]).toEqual([undefined, undefined]);
  });
});

describe('ERR_POOL_DEAD', () => {
  it('comes after three crashes in a row, for queued and for new calls', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const crashes = [1, 2, 3].map((code) => rejection(pool.execute('crash', [code])));
      const queued = [4, 5].map((value) => rejection(pool.execute('echo', [value])));
      for (const [index, error] of (await Promise.all(crashes)).entries()) {
        expect(error.message).toBe(`Worker crashed (exit code ${index + 1})`);
      }
      const late = rejection(pool.execute('echo', [6]));
      for (const error of await Promise.all([...queued, late])) {
        expect(error.code).toBe('ERR_POOL_DEAD');
        expect(error.message).toBe(
          `All 1 Python worker(s) for ${SCRIPT} crashed and could not be restarted\n` +
            'Last crash: Worker crashed (exit code 3)\n' +
            'Once the cause is mended, initialize() starts the workers again.',
        );
        expect(error.lastCrash).toBeInstanceOf(Error);
        expect(error.lastCrash).toMatchObject({
          code: 'ERR_WORKER_CRASHED',
          message: 'Worker crashed (exit code 3)',
          exitCode: 3,
        });
      }
    });
  });

  it('comes when every worker of several was given up, not before', async () => {
    await withPool(SCRIPT, { workers: 2, maxCrashes: 1 }, async (pool) => {
      await rejection(pool.execute('crash', [1]));
      await expect(pool.execute('echo', ['one is left'])).resolves.toBe('one is left');
      await rejection(pool.execute('crash', [2]));
      const error = await rejection(pool.execute('echo', [3]));
      expect(error.code).toBe('ERR_POOL_DEAD');
      expect(error.message).toMatch(/^All 2 Python worker\(s\) for .* could not be restarted\n/);
      expect(error.lastCrash).toMatchObject({ exitCode: 2 });
    });
  });

  it('does not come of crashes that are spread over good calls', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      for (let round = 0; round < 5; round++) {
        const error = await rejection(pool.execute('crash', [1]));
        expect(error.code).toBe('ERR_WORKER_CRASHED');
        await expect(pool.execute('echo', [round])).resolves.toBe(round);
      }
    });
  });

  it('does not come of exceptions between crashes either: they are replies', async () => {
    await withPool(SCRIPT, { maxCrashes: 2 }, async (pool) => {
      for (let round = 0; round < 3; round++) {
        await rejection(pool.execute('crash', [1]));
        const error = await rejection(pool.execute('fail', ['reply']));
        expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
      }
    });
  });
});
