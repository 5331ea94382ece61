/** Limits of the system: descriptors, memory, disk, and directories. */

import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  afterTest,
  fixture,
  newPool,
  onLinux,
  onUnix,
  rejection,
  runNode,
  tempFolder,
  withPool,
  withUnharmedWorker,
  writeScript,
} from '../support';

const SCRIPT = fixture('raises_odd_exceptions.py');
const ERRORS = fixture('fails_every_way.py');

describe('ERR_SYSTEM', () => {
  onUnix.it('has the system call and the error number when no descriptors are left', async () => {
    const { code, stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'echo', 64);
       const error = await pool.initialize().catch((error) => error);
       console.log(JSON.stringify({ ...error, message: error.message, workers: pool.getWorkerCount() }));`,
      [ERRORS],
      { prelude: 'ulimit -n 80' },
    );
    expect(JSON.parse(stdout)).toEqual({
      code: 'ERR_SYSTEM',
      message: expect.stringMatching(/Too many open files/i),
      syscall: expect.any(String),
      errno: 24,
      script: ERRORS,
      workers: 0,
    });
    expect(stderr).not.toContain('panicked');
    expect(code).toBe(0);
  });

  it('names a working directory that does not exist', async () => {
    const cwd = `${tempFolder()}/nowhere`;
    const error = await rejection(newPool(ERRORS, { cwd }).initialize());
    expect(error.message).toContain(cwd);
    expect(error).toMatchObject({ code: 'ERR_SYSTEM', syscall: expect.any(String) });
  });
});

onUnix.describe('a refusal by the system fails that call only:', () => {
  const isRefused = async (name: string, args: unknown[], words: RegExp) => {
    const error = await withUnharmedWorker(SCRIPT, (pool) => rejection(pool.execute(name, args)));
    expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
    expect(error.pythonType).toMatch(/^(OSError|PermissionError|FileNotFoundError)$/);
    expect(error.pythonMessage).toMatch(words);
  };

  onLinux.it('a full disk', () => isRefused('fill', ['/dev/full'], /No space left on device/));

  it('a file beyond the limit of the process', () =>
    isRefused(
      'write_beyond_the_limit',
      [path.join(tempFolder(), 'file'), 100_000],
      /File too large/,
    ));

  // Not even root can create a file there.
  onLinux.it('a temp directory that is not writable', () =>
    isRefused('temporary_file', ['/proc'], /No such file|Permission denied|Read-only/),
  );

  it('the last descriptor of the worker', async () => {
    await withUnharmedWorker(SCRIPT, async (pool) => {
      for (let round = 0; round < 2; round++) {
        const error = await rejection(pool.execute('open_until_none_is_left'));
        expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'OSError' });
        expect(error.pythonMessage).toMatch(/Too many open files/);
        // Calls need no descriptor.
        const text = 'x'.repeat(1_000_000);
        await expect(pool.execute('echo', [text])).resolves.toBe(text);
        await pool.execute('close_kept');
      }
    });
  });
});

onUnix.describe('without a temp directory', () => {
  it.each(['/nowhere/at/all', '/proc', '/dev/null'])(
    '(%s), host and workers work as usual',
    async (folder) => {
      const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
      const { code, stdout, stderr } = await runNode(
        `const pool = new PythonWorkerPool(argv[0], 'echo', 2);
         await pool.initialize();
         const text = 'x'.repeat(5_000_000);
         const echoed = await Promise.all([1, 2, 3].map(() => pool.execute('echo', [text])));
         const error = await pool.execute('raise_named', ['SystemExit']).catch((error) => error);
         await pool.shutdown();
         console.log(echoed.every((one) => one === text), error.code);`,
        [SCRIPT],
        { env },
      );
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: 'true ERR_PYTHON_EXCEPTION\n',
        stderr: '',
      });
    },
  );
});

onUnix.describe('a host without descriptors', () => {
  /** Opens files until no descriptor is left: calls continue, a restart fails. */
  const withoutDescriptors = (maxCrashes: number) =>
    runNode(
      `const fs = require('node:fs');
       const warnings = [];
       const logger = { warn: (line) => warnings.push(line), error: (line) => warnings.push(line) };
       const pool = new PythonWorkerPool(argv[0], 'echo', { maxCrashes: ${maxCrashes}, logger });
       await pool.initialize();
       const files = [];
       try {
         for (;;) files.push(fs.openSync('/dev/null'));
       } catch {}
       const seen = { echo: await pool.execute('echo', ['works']) };
       process.kill(await pool.execute('pid'), 'SIGKILL');
       while (!warnings.some((line) => line.includes('oo many open files'))) {
         await new Promise((resolve) => setTimeout(resolve, 5));
       }
       const queued = pool.execute('echo', ['queued']).catch(({ code, lastCrash }) => ({
         code, last: { ...lastCrash, message: lastCrash.message }
       }));
       if (${maxCrashes} < 5) seen.queued = await queued;
       files.forEach((file) => fs.closeSync(file));
       seen.queued = await queued;
       await pool.shutdown();
       console.log(JSON.stringify(seen));`,
      [SCRIPT],
      { prelude: 'ulimit -n 100' },
    );

  it('keeps serving, and restarts its worker once there are some again', async () => {
    const { code, stdout, stderr } = await withoutDescriptors(50);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ echo: 'works', queued: 'queued' });
  });

  it('says so when it gives up its workers', async () => {
    const { code, stdout, stderr } = await withoutDescriptors(2);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      echo: 'works',
      queued: {
        code: 'ERR_POOL_DEAD',
        last: {
          code: 'ERR_SYSTEM',
          errno: 24,
          syscall: expect.any(String),
          script: expect.stringMatching(/\.py$/),
          message: expect.stringMatching(/too many open files/i),
        },
      },
    });
  });
});

const CGROUPS = '/sys/fs/cgroup';
const MEMORY_LIMIT = 100_000_000;

const FILLS_MEMORY = `
import os

def pid():
    return os.getpid()

def fill(size):
    return len(bytearray(os.urandom(1024)) * (size // 1024))
`;

/** The memory limit and the folder of groups in both versions of control groups. */
const VERSIONS = [
  { parent: path.join(CGROUPS, 'memory'), limit: 'memory.limit_in_bytes' },
  { parent: CGROUPS, limit: 'memory.max' },
];

/** A control group with `MEMORY_LIMIT` bytes; undefined if it cannot be created. */
function limitedGroup(): string | undefined {
  for (const { parent, limit } of VERSIONS) {
    const group = path.join(parent, `python-worker-pool-${process.pid}`);
    try {
      mkdirSync(group);
      afterTest(() => rmdirSync(group));
      writeFileSync(path.join(group, limit), String(MEMORY_LIMIT), { flag: 'r+' });
      return group;
    } catch {
      // Not root, another version, or an ordinary file system.
    }
  }
  return undefined;
}

it('ERR_WORKER_CRASHED says when the out-of-memory killer is behind it', async () => {
  const group = limitedGroup();
  if (!group) {
    console.warn('Not tested: this machine does not allow a control group with a memory limit.');
    return;
  }
  await withPool(writeScript(FILLS_MEMORY), {}, async (pool) => {
    writeFileSync(path.join(group, 'cgroup.procs'), String(await pool.execute('pid')));
    const error = await rejection(pool.execute('fill', [4 * MEMORY_LIMIT]));
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal: 'SIGKILL' });
    expect(error.hint).toMatch(/^The kernel's out-of-memory killer was active:/);
    // Its successor is not in that group.
    expect(await pool.execute('fill', [4 * MEMORY_LIMIT])).toBe(4 * MEMORY_LIMIT);
  });
});
