/** A pool from the constructor to its end, in every order that users find. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PythonWorkerPool } from '../..';
import {
  captureLogger,
  childrenOf,
  eventually,
  fixture,
  gate,
  interpreter,
  isAlive,
  killAfterTest,
  linesOf,
  newPool,
  rejection,
  runNode,
  stateOf,
  tempFolder,
  withEnvironment,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('waits_at_gate.py');
const GATED_IMPORT = fixture('waits_in_import.py');

// On Windows there are no signals, and a shell script can not be an interpreter.
const onUnix = process.platform === 'win32' ? it.skip : it;
// Only Linux tells in files which processes there are.
const onLinux = process.platform === 'linux' ? it : it.skip;

/** A script that leaves a line for each of its imports. */
const COUNTS_IMPORTS = `
import os
with open(__file__ + ".pids", "a") as pids:
    pids.write(f"{os.getpid()}\\n")
def pid():
    return os.getpid()
`;

const importsOf = (script: string) => linesOf(`${script}.pids`).map(Number);

/** A pool whose workers stand at a gate in their import. */
async function startingPool(workers = 1): Promise<{
  pool: PythonWorkerPool;
  start: Promise<void>;
  pids: number[];
  open: () => void;
}> {
  const door = gate();
  const pool = newPool(GATED_IMPORT, { workers });
  const start = withEnvironment({ TEST_GATE: door.path }, () => pool.initialize());
  // Handled here, so that it may be looked at later.
  start.catch(() => {});
  return { pool, start, pids: await door.reached(workers), open: door.open };
}

/** The processes of this host that are workers, by their command line. */
function workersOfThisHost(): string[] {
  return childrenOf(process.pid)
    .map(commandOf)
    .filter((command) => command.includes('start.py'));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // It has just ended.
  }
}

describe('initialize', () => {
  it('twice starts one pool', async () => {
    const script = writeScript(COUNTS_IMPORTS);
    await withPool(script, {}, async (pool) => {
      await pool.initialize();
      await expect(pool.execute('pid', [])).resolves.toBe(importsOf(script)[0]);
      expect(importsOf(script)).toHaveLength(1);
    });
  });

  it('at once by several callers shares one start', async () => {
    const script = writeScript(COUNTS_IMPORTS);
    const pool = newPool(script, { workers: 2 });
    const settled: number[] = [];
    await Promise.all(
      [1, 2, 3].map((caller) => pool.initialize().then(() => settled.push(caller))),
    );
    expect(settled).toEqual([1, 2, 3]);
    expect(importsOf(script)).toHaveLength(2);
  });

  it('shares the failure of one start, too', async () => {
    const script = writeScript(`${COUNTS_IMPORTS}\n1 / 0\n`);
    const pool = newPool(script);
    const errors = await Promise.all([rejection(pool.initialize()), rejection(pool.initialize())]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(error.code).toBe('ERR_PYTHON_LOAD');
    }
    expect(importsOf(script)).toHaveLength(1);
  });

  it('may be retried after a failure', async () => {
    const script = writeScript('1 / 0\n');
    const pool = newPool(script);
    expect((await rejection(pool.initialize())).code).toBe('ERR_PYTHON_LOAD');
    expect((await rejection(pool.execute('pid', []))).code).toBe('ERR_NOT_INITIALIZED');
    expect((await rejection(pool.initialize())).code).toBe('ERR_PYTHON_LOAD');
    writeFileSync(script, COUNTS_IMPORTS);
    await pool.initialize();
    await expect(pool.execute('pid', [])).resolves.toBe(importsOf(script)[0]);
  });

  it('may be retried when no Python was found', async () => {
    const pool = newPool(SCRIPT);
    await withEnvironment({ PROMPTFOO_PYTHON: path.join(tempFolder(), 'python') }, async () => {
      expect((await rejection(pool.initialize())).code).toBe('ERR_PYTHON_NOT_FOUND');
    });
    await pool.initialize();
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('after a shutdown starts new workers', async () => {
    const pool = newPool(SCRIPT);
    const pids = new Set<number>();
    for (let round = 1; round <= 3; round++) {
      await pool.initialize();
      pids.add(await pool.execute('pid', []));
      expect(pids.size).toBe(round);
      await pool.shutdown();
    }
    expect([...pids].filter(isAlive)).toEqual([]);
  });

  it('during a shutdown waits for it, then starts new workers', async () => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    const pid: number = await pool.execute('pid', []);
    const settled: string[] = [];
    await Promise.all([
      pool.shutdown().then(() => settled.push('shutdown')),
      pool.initialize().then(() => settled.push('initialize')),
    ]);
    expect(settled).toEqual(['shutdown', 'initialize']);
    expect(isAlive(pid)).toBe(false);
    await expect(pool.execute('pid', [])).resolves.not.toBe(pid);
  });

  it('during a shutdown is undone by another shutdown', async () => {
    const script = writeScript(COUNTS_IMPORTS);
    const pool = newPool(script);
    await pool.initialize();
    const first = pool.shutdown();
    const again = rejection(pool.initialize());
    await Promise.all([first, pool.shutdown()]);
    expect(await again).toMatchObject({
      code: 'ERR_POOL_CLOSED',
      message: 'Worker pool shutting down',
    });
    expect(importsOf(script).filter(isAlive)).toEqual([]);
    expect(pool.getWorkerCount()).toBe(0);
  });

  it('rejects when one of several workers fails to start, and the others are gone', async () => {
    const folder = tempFolder();
    const pool = newPool(fixture('imports_only_once.py'), { workers: 4 });
    const error = await withEnvironment({ TEST_FOLDER: folder }, () =>
      rejection(pool.initialize()),
    );
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain('FileExistsError');
    const pids = readdirSync(folder)
      .filter((name) => name.startsWith('pid.'))
      .map((name) => Number(name.slice('pid.'.length)));
    expect(pids.length).toBeGreaterThanOrEqual(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(pool.getWorkerCount()).toBe(0);
  });
});

describe('execute', () => {
  it('is rejected before initialize, while starting, and after a shutdown', async () => {
    const { pool, start, open } = await startingPool();
    const outcome = async () => {
      const { code, message } = await rejection(pool.execute('pid', []));
      return [code, message];
    };
    expect(await outcome()).toEqual(['ERR_NOT_INITIALIZED', 'Worker pool not initialized']);
    open();
    await start;
    await expect(pool.execute('pid', [])).resolves.toEqual(expect.any(Number));
    const closing = pool.shutdown();
    expect(await outcome()).toEqual(['ERR_POOL_CLOSED', 'Worker pool not initialized']);
    await closing;
    expect(await outcome()).toEqual(['ERR_POOL_CLOSED', 'Worker pool not initialized']);
  });

  it('after a failed initialize is not initialized', async () => {
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
  it('is 0 unless the pool is up', async () => {
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

describe('shutdown', () => {
  it('before initialize does nothing', async () => {
    const pool = newPool(SCRIPT);
    await pool.shutdown();
    await pool.initialize();
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('twice, one after the other and at once, is the same as once', async () => {
    const pool = newPool(SCRIPT, { workers: 2 });
    await pool.initialize();
    const pid: number = await pool.execute('pid', []);
    await Promise.all([pool.shutdown(), pool.shutdown(), pool.shutdown()]);
    expect(isAlive(pid)).toBe(false);
    await pool.shutdown();
    expect(pool.getWorkerCount()).toBe(0);
  });

  it('after a failed initialize does nothing', async () => {
    const pool = newPool(writeScript('1 / 0\n'));
    await rejection(pool.initialize());
    await pool.shutdown();
  });

  it('while the script is imported leaves no process, and initialize rejects', async () => {
    const { pool, start, pids } = await startingPool(3);
    expect(pids.filter(isAlive)).toHaveLength(3);
    const failed = rejection(start);
    await pool.shutdown();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await failed).toMatchObject({
      code: 'ERR_POOL_CLOSED',
      message: 'Worker pool shutting down',
    });
    expect(pool.getWorkerCount()).toBe(0);
  });

  onUnix('while an interpreter is asked for its version leaves no process', async () => {
    const folder = tempFolder();
    const pidFile = path.join(folder, 'pid');
    const hangs = writeScript(
      `#!/bin/sh\necho $$ > "${pidFile}"\nexec sleep 60\n`,
      'python',
      folder,
    );
    chmodSync(hangs, 0o755);
    const pool = newPool(SCRIPT, { pythonPath: hangs });
    const failed = rejection(pool.initialize());
    const pid = Number(await eventually('the interpreter', () => linesOf(pidFile)[0]));
    killAfterTest(pid);
    await pool.shutdown();
    expect((await failed).code).toBe('ERR_POOL_CLOSED');
    expect(isAlive(pid)).toBe(false);
  });

  onLinux('at any moment of a start leaves no process', async () => {
    const script = writeScript(COUNTS_IMPORTS);
    // Not to wait for anything: each round shuts down at another moment.
    for (let ms = 0; ms <= 120; ms += 8) {
      const pool = newPool(script, { workers: 2 });
      const start = pool.initialize().then(
        () => 'up',
        (error) => error.code,
      );
      if (ms > 0) {
        await pause(ms);
      }
      await pool.shutdown();
      expect(workersOfThisHost()).toEqual([]);
      expect(['up', 'ERR_POOL_CLOSED']).toContain(await start);
    }
    expect(importsOf(script).filter(isAlive)).toEqual([]);
  });

  it('with calls running and queued rejects each as what it was', async () => {
    const pool = newPool(SCRIPT, { workers: 2 });
    await pool.initialize();
    const door = gate();
    const calls = Array.from({ length: 5 }, () => rejection(pool.execute('wait', [door.path])));
    const pids = await door.reached(2);
    await pool.shutdown();
    const outcomes = (await Promise.all(calls)).map(({ code, message }) => `${code}: ${message}`);
    expect(outcomes).toEqual([
      ...Array(2).fill('ERR_POOL_CLOSED: Worker shutting down'),
      ...Array(3).fill('ERR_POOL_CLOSED: Worker pool shutting down'),
    ]);
    expect(door.waiters()).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('rejects the calls at once, before the workers are gone', async () => {
    const script = writeScript(
      [
        'import os, time',
        'from pathlib import Path',
        'def stubborn(started):',
        '    while True:',
        '        try:',
        '            Path(started).write_text(str(os.getpid()))',
        '            time.sleep(60)',
        '        except BaseException:',
        '            pass',
      ].join('\n'),
    );
    const pool = newPool(script);
    await pool.initialize();
    const started = path.join(tempFolder(), 'started');
    const call = rejection(pool.execute('stubborn', [started]));
    const pid = Number(await eventually('the call', () => linesOf(started)[0]));
    let isClosed = false;
    const closing = pool.shutdown().then(() => {
      isClosed = true;
    });
    expect((await call).message).toBe('Worker shutting down');
    expect(isClosed).toBe(false);
    expect(isAlive(pid)).toBe(true);
    await closing;
    expect(isAlive(pid)).toBe(false);
  });

  it('runs the atexit hooks of idle workers', async () => {
    const script = writeScript(
      'import atexit\natexit.register(lambda: open(__file__ + ".bye", "w").close())\n',
    );
    await withPool(script, {}, () => expect(existsSync(`${script}.bye`)).toBe(false));
    expect(existsSync(`${script}.bye`)).toBe(true);
  });

  it('of a dead pool works, and it can be initialized again', async () => {
    const pool = newPool(SCRIPT, { maxCrashes: 1 });
    await pool.initialize();
    await rejection(pool.execute('crash', []));
    expect((await rejection(pool.execute('echo', [1]))).code).toBe('ERR_POOL_DEAD');
    await pool.shutdown();
    await pool.initialize();
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('is not needed before a dead pool is initialized again', async () => {
    const pool = newPool(SCRIPT, { maxCrashes: 1, workers: 2 });
    await pool.initialize();
    const codes = await Promise.all(
      ['crash', 'crash', 'echo'].map(async (name) => (await rejection(pool.execute(name))).code),
    );
    expect(codes).toEqual(['ERR_WORKER_CRASHED', 'ERR_WORKER_CRASHED', 'ERR_POOL_DEAD']);
    await Promise.all([pool.initialize(), pool.initialize()]);
    expect(pool.getWorkerCount()).toBe(2);
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('while a worker waits for its restart is not held up', async () => {
    const { logger, messages } = captureLogger();
    const pool = newPool(SCRIPT, { maxCrashes: 10, logger });
    await pool.initialize();
    const crashes = Array.from({ length: 10 }, () => rejection(pool.execute('crash', [])));
    await eventually('a long wait', () =>
      messages('warn').some((line) => line.includes('restarting in 400 ms')),
    );
    await pool.shutdown();
    const codes = (await Promise.all(crashes)).map(({ code }) => code);
    expect(codes.slice(0, 4)).toEqual(Array(4).fill('ERR_WORKER_CRASHED'));
    expect(codes.slice(4)).toContain('ERR_POOL_CLOSED');
  });

  // In a Node.js of its own: the realm of a Jest test has no such symbol on Node.js 20.
  it('is what Symbol.asyncDispose does, for pools and for workers', async () => {
    const { stdout, stderr, code } = await runNode(
      `const [script] = argv;
       const pids = [];
       const pool = new PythonWorkerPool(script, 'pid');
       await pool.initialize();
       pids.push(await pool.execute());
       await pool[Symbol.asyncDispose]();
       const worker = new PythonWorker(script, 'pid');
       await worker.initialize();
       pids.push(await worker.call());
       await worker[Symbol.asyncDispose]();
       console.log(JSON.stringify({ pids, workers: pool.getWorkerCount(), ready: worker.isReady() }));`,
      [SCRIPT],
    );
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const { pids, workers, ready } = JSON.parse(stdout);
    expect({ workers, ready }).toEqual({ workers: 0, ready: false });
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('restart', () => {
  onUnix.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const)(
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

  onLinux('gives the call that a dead worker never read to its successor', async () => {
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

  onUnix('replaces every worker of several that are killed at once', async () => {
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

  onUnix('fails, and settles the queue, when the interpreter was removed', async () => {
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
