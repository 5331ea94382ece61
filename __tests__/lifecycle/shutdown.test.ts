/** The end of a pool: at any moment, with calls running and queued, and twice. */

import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  captureLogger,
  childrenOf,
  eventually,
  fixture,
  gate,
  importsOf,
  isAlive,
  killAfterTest,
  leavesNothing,
  linesOf,
  newPool,
  onLinux,
  onUnix,
  RECORDS_IMPORTS,
  rejection,
  runHost,
  runNode,
  startingPool,
  tempFolder,
  writeScript,
} from '../support';

const SCRIPT = fixture('waits_at_gate.py');

/** A script that records its imports, and has `pid`. */
const RECORDING = `${RECORDS_IMPORTS}def pid():
    return os.getpid()
`;

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

describe('shutdown', () => {
  it('before initialize does nothing', async () => {
    const pool = newPool(SCRIPT);
    await pool.shutdown();
    await pool.initialize();
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('twice, in a row and at once, is the same as once', async () => {
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

  onUnix.it('while an interpreter is probed leaves no process', async () => {
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

  onLinux.it('at any moment of a start leaves no process', async () => {
    const script = writeScript(RECORDING);
    // No event to wait for: each round shuts down at another moment.
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

  onUnix.it('at any moment of a start prints nothing', async () => {
    const { logger, messages } = captureLogger();
    const script = writeScript('import asyncio, logging\n\ndef f(): pass\n');
    // No event to wait for: each round shuts down at another moment.
    for (let ms = 0; ms <= 120; ms += 4) {
      const pool = newPool(script, { logger });
      const start = pool.initialize().catch(() => {});
      await pause(ms);
      await pool.shutdown();
      await start;
    }
    expect(
      messages().filter((line) => !/^Python worker \d+: |^uses |^started /.test(line)),
    ).toEqual([]);
    expect(messages('warn')).toEqual([]);
  });

  onLinux.it('of the last pool ends with the guardian', async () => {
    const ended = await runHost('shuts-down.cjs', { script: SCRIPT });
    expect(ended.stdout).toBe('left []\n'.repeat(3));
  });

  it('with calls running and queued rejects each with its own error', async () => {
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

  it('is not held up by a worker that waits for its restart', async () => {
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

  // In a separate Node.js: the realm of a Jest test lacks this symbol on Node.js 20.
  it('is the effect of Symbol.asyncDispose, for pools and for workers', async () => {
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

  it('twice at once, with calls running and queued, rejects each with its own error', async () => {
    const pool = newPool(fixture('waits_at_gate.py'), { workers: 2 });
    await pool.initialize();
    const door = gate();
    const calls = Array.from({ length: 4 }, () => rejection(pool.execute('wait', [door.path])));
    const pids = await door.reached(2);
    const ends = [pool.shutdown(), pool.shutdown()];
    const during = await rejection(pool.execute('echo', [1]));
    await Promise.all(ends);
    const after = await rejection(pool.execute('echo', [1]));
    await pool.shutdown();
    const messages = [...(await Promise.all(calls)), during, after].map(
      ({ code, message }) => `${code}: ${message}`,
    );
    expect(messages).toEqual([
      ...Array(2).fill('ERR_POOL_CLOSED: Worker shutting down'),
      ...Array(2).fill('ERR_POOL_CLOSED: Worker pool shutting down'),
      ...Array(2).fill('ERR_POOL_CLOSED: Worker pool not initialized'),
    ]);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('is bounded when an import swallows every interrupt, and leaves no process', async () => {
    const pidFile = path.join(tempFolder(), 'pids');
    const script = writeScript(
      'import os, time\n' +
        'with open(os.environ["TEST_PIDS"], "a") as pids:\n    pids.write(f"{os.getpid()}\\n")\n' +
        'while True:\n    try:\n        time.sleep(600)\n    except BaseException:\n        continue\n',
    );
    await leavesNothing(async (env) => {
      const pool = newPool(script, { workers: 3, env: { ...env, TEST_PIDS: pidFile } });
      const failed = rejection(pool.initialize());
      const pids = await eventually('three imports', () => {
        const lines = linesOf(pidFile).map(Number);
        return lines.length === 3 ? lines : undefined;
      });
      await pool.shutdown();
      expect(pids.filter(isAlive)).toEqual([]);
      expect(await failed).toMatchObject({
        code: 'ERR_POOL_CLOSED',
        message: 'Worker pool shutting down',
      });
    });
  });
});
