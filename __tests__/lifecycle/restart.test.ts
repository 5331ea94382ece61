/** Workers that are replaced, and restarts that fail. */

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  allGone,
  captureLogger,
  eventually,
  fixture,
  gate,
  interpreter,
  isAlive,
  onLinux,
  onUnix,
  rejection,
  stateOf,
  tempFolder,
  withPool,
  withUnharmedPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('waits_at_gate.py');

describe('restart', () => {
  onUnix.it.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const)(
    'replaces an idle worker that is killed with %s',
    async (signal) => {
      const { logger, messages } = captureLogger();
      await withPool(SCRIPT, { logger }, async (pool) => {
        const pid: number = await pool.execute('pid', []);
        process.kill(pid, signal);
        await eventually('the crash to be seen', () =>
          messages('warn').some((line) => line.includes(`Worker crashed (signal ${signal})`)),
        );
        const successor: number = await pool.execute('pid', []);
        expect(successor).not.toBe(pid);
        expect(isAlive(pid)).toBe(false);
      });
    },
  );

  onLinux.it('gives the call that a dead worker never read to its successor', async () => {
    await withPool(SCRIPT, { timeout: 20_000 }, async (pool) => {
      const pid: number = await pool.execute('pid', []);
      process.kill(pid, 'SIGSTOP');
      await eventually('the stop', () => stateOf(pid) === 'T');
      const door = gate();
      const call = pool.execute('wait', [door.path, 'done']);
      process.kill(pid, 'SIGKILL');
      const [successor] = await door.reached();
      door.open();
      expect(await call).toBe('done');
      expect(successor).not.toBe(pid);
      expect(door.waiters()).toHaveLength(1);
    });
  });

  onUnix.it('replaces every worker of several that are killed at once', async () => {
    const { logger, messages } = captureLogger();
    await withPool(SCRIPT, { workers: 3, logger }, async (pool) => {
      const standAt = async (door: ReturnType<typeof gate>) => {
        const calls = [1, 2, 3].map(() => pool.execute('wait', [door.path]));
        const pids = await door.reached(3);
        door.open();
        await Promise.all(calls);
        return pids;
      };
      const before = await standAt(gate());
      for (const pid of before) {
        process.kill(pid, 'SIGKILL');
      }
      await eventually(
        'three crashes to be seen',
        () => messages('warn').filter((line) => line.includes('SIGKILL')).length === 3,
      );
      const after = await standAt(gate());
      expect(new Set([...before, ...after]).size).toBe(6);
      expect(before.filter(isAlive)).toEqual([]);
    });
  });

  it('serves the calls that were queued when the worker died', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const crash = rejection(pool.execute('crash', []));
      const queued = [1, 2, 3].map((value) => pool.execute('echo', [value]));
      expect((await crash).code).toBe('ERR_WORKER_CRASHED');
      await expect(Promise.all(queued)).resolves.toEqual([1, 2, 3]);
    });
  });

  it('fails with the error of a script that was removed', async () => {
    const script = writeScript('import os\ndef crash(): os._exit(3)\ndef echo(x): return x\n');
    await withPool(script, {}, async (pool) => {
      rmSync(script);
      const crash = rejection(pool.execute('crash', []));
      const queued = rejection(pool.execute('echo', [1]));
      expect((await crash).message).toBe('Worker crashed (exit code 3)');
      const error = await queued;
      expect(error.code).toBe('ERR_POOL_DEAD');
      expect(error.lastCrash).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
      expect(error.lastCrash?.message).toContain('does not exist');
      expect((await rejection(pool.execute('echo', [2]))).code).toBe('ERR_POOL_DEAD');
    });
  });

  it('fails with the error of a script that was broken', async () => {
    const script = writeScript('import os\ndef crash(): os._exit(3)\ndef echo(x): return x\n');
    await withPool(script, {}, async (pool) => {
      writeFileSync(script, 'broken = (\n');
      const crash = rejection(pool.execute('crash', []));
      const queued = rejection(pool.execute('echo', [1]));
      await crash;
      const error = await queued;
      expect(error.code).toBe('ERR_POOL_DEAD');
      expect(error.lastCrash).toMatchObject({
        code: 'ERR_PYTHON_LOAD',
        traceback: expect.stringContaining('SyntaxError'),
      });
    });
  });

  it('goes well when a script that was broken is mended in time', async () => {
    const good = 'import os\ndef crash(): os._exit(3)\ndef echo(x): return x\n';
    const script = writeScript(good);
    const { logger, messages } = captureLogger();
    await withPool(script, { maxCrashes: 8, logger }, async (pool) => {
      writeFileSync(script, 'broken = (\n');
      const crash = rejection(pool.execute('crash', []));
      const queued = pool.execute('echo', ['patient']);
      await crash;
      await eventually('a failed restart', () =>
        messages('warn').some((line) => line.includes('exited before becoming ready')),
      );
      writeFileSync(script, `${good}# mended\n`);
      await expect(queued).resolves.toBe('patient');
    });
  });

  onUnix.it('fails, and settles the queue, when the interpreter was removed', async () => {
    const venv = path.join(tempFolder(), 'venv');
    execFileSync(await interpreter(), ['-m', 'venv', '--without-pip', venv]);
    const options = { workers: 2, pythonPath: path.join(venv, 'bin', 'python') };
    await withPool(SCRIPT, options, async (pool) => {
      rmSync(venv, { recursive: true });
      const crashes = [1, 2].map(() => rejection(pool.execute('crash', [])));
      const queued = [1, 2].map((value) => rejection(pool.execute('echo', [value])));
      for (const error of await Promise.all(crashes)) {
        expect(error.code).toBe('ERR_WORKER_CRASHED');
      }
      for (const error of await Promise.all(queued)) {
        expect(error.code).toBe('ERR_POOL_DEAD');
        expect(error.lastCrash).toBeInstanceOf(Error);
        expect(error.lastCrash?.message).toContain(venv);
      }
    });
  });
});

describe('a restart', () => {
  it('with a script that was removed retires the workers one by one, with the load error', async () => {
    const script = writeScript('from os import _exit, getpid\ndef echo(value): return value\n');
    await withPool(script, { workers: 2, maxCrashes: 2 }, async (pool) => {
      const pids: number[] = await Promise.all([pool.execute('getpid'), pool.execute('getpid')]);
      rmSync(script);
      await rejection(pool.execute('_exit', [3]));
      await expect(pool.execute('echo', ['one is left'])).resolves.toBe('one is left');
      await rejection(pool.execute('_exit', [4]));
      const error = await rejection(pool.execute('echo', [1]));
      expect(error.code).toBe('ERR_POOL_DEAD');
      expect(error.lastCrash).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
      expect(error.lastCrash?.message).toContain(`the Python script does not exist: ${script}`);
      await allGone(pids);
      // Put back, it works in a new start.
      writeFileSync(script, 'def echo(value): return value\n');
      await pool.shutdown();
      await pool.initialize();
      await expect(pool.execute('echo', ['back'])).resolves.toBe('back');
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
