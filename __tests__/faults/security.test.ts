/** The promises of SECURITY.md that no other test covers. */

import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool } from '../..';
import {
  afterTest,
  childrenOf,
  fixture,
  gate,
  onLinux,
  onUnix,
  rejection,
  runNode,
  tempFolder,
  withEnvironment,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('holds_secret.py');

/** Names that a shell, or a program that splits its arguments, would change. */
const ODD_NAMES = [
  '$(touch pwned)',
  '`touch pwned`',
  'a; touch pwned;',
  'a & touch pwned &',
  '| touch pwned',
  '> pwned',
  `"double" and 'single'`,
  '%PATH% $HOME ~',
  'new\nline',
  'back\\slash',
  '*',
  '-c',
];

describe('no shell interprets', () => {
  onUnix.it.each(ODD_NAMES)('the paths of script and interpreter: %j', async (name) => {
    const [folder, cwd] = [path.join(tempFolder(), name), tempFolder()];
    mkdirSync(folder);
    const script = writeScript('def echo(value): return value\n', `${name}.py`, folder);
    const interpreter = path.join(folder, name);
    symlinkSync(realPython(), interpreter);
    const callsWork = async (pool: PythonWorkerPool) => {
      expect(await pool.execute('echo', [name])).toBe(name);
      expect((await rejection(pool.execute(name))).code).toBe('ERR_FUNCTION_NOT_FOUND');
    };
    await withPool(script, { pythonPath: interpreter, cwd }, callsWork);
    await withEnvironment({ PATH: folder }, () =>
      withPool(script, { pythonPath: name, cwd }, callsWork),
    );
    expect(readdirSync(cwd)).toEqual([]);
    expect(existsSync('pwned')).toBe(false);
  });
});

describe('the content of a call', () => {
  onLinux.it('is not in the arguments or environment of any process', async () => {
    const secret = `secret ${randomUUID()}`;
    await withWitnesses(secret, (worker, children) => {
      const guardian = childrenOf(process.pid).filter((pid) => pid !== worker);
      const seen = [worker, ...children, ...guardian].map(
        (pid) => `${visible(pid, 'cmdline')} ${visible(pid, 'environ')}`,
      );
      expect(seen.join('\n')).not.toContain(secret);
      expect(seen[0]).toContain('start.py');
      expect(seen.at(-1)).toContain('guardian.py');
    });
  });
});

describe('the environment of a worker', () => {
  const environmentOf = (pid: number) =>
    Object.fromEntries(
      visible(pid, 'environ')
        .split('\0')
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  onLinux.it('is exactly that of Node.js, PYTHONUTF8=1 and the index', async () => {
    const changes = { PYTHONUTF8: undefined, ODD: 'a=b $(touch pwned)\nCMD=%PATH%', EMPTY: '' };
    await withEnvironment(changes, () =>
      withPool(SCRIPT, {}, async (pool) => {
        expect(environmentOf(await pool.execute('pid'))).toEqual({
          ...process.env,
          PYTHONUTF8: '1',
          PYTHON_WORKER_INDEX: '0',
        });
      }),
    );
  });

  onLinux.it('is exactly the option env, PYTHONUTF8=1 and the index', async () => {
    await withPool(SCRIPT, { env: { MINE: 'yes' }, pythonPath: realPython() }, async (pool) => {
      expect(environmentOf(await pool.execute('pid'))).toEqual({
        MINE: 'yes',
        PYTHONUTF8: '1',
        PYTHON_WORKER_INDEX: '0',
      });
    });
    const env = { MINE: 'yes', PYTHONUTF8: '0' };
    await withPool(SCRIPT, { env, pythonPath: realPython() }, async (pool) => {
      expect(environmentOf(await pool.execute('pid'))).toEqual({
        ...env,
        PYTHON_WORKER_INDEX: '0',
      });
    });
  });
});

describe('the channel of a worker', () => {
  onLinux.it('is not open in any program it starts, nor in its forks', async () => {
    await withWitnesses('', (worker, children) => {
      const own = channelOf(worker);
      expect(own).toHaveLength(5);
      expect(children).toHaveLength(2);
      for (const child of children) {
        expect(openIn(child).filter((file) => own.includes(file))).toEqual([]);
      }
    });
  });

  onLinux.it('is not open in any other worker, nor in programs that Node.js starts', async () => {
    await withPool(SCRIPT, { workers: 2 }, async (pool) => {
      const door = gate();
      const calls = [pool.execute('wait', [door.path]), pool.execute('wait', [door.path])];
      const [first, second] = await door.reached(2);
      const program = spawn(process.execPath, ['-e', 'console.log(1); process.stdin.resume()']);
      afterTest(() => void program.kill('SIGKILL'));
      await once(program.stdout, 'data');
      for (const [worker, other] of [
        [first, second],
        [second, first],
        [first, program.pid ?? 0],
      ]) {
        const own = channelOf(worker);
        expect(own).toHaveLength(5);
        expect(openIn(other).filter((file) => own.includes(file))).toEqual([]);
      }
      door.open();
      await Promise.all(calls);
    });
  });
});

describe('the temporary directory', () => {
  onLinux.it('stays empty during large calls, a crash, a timeout and the shutdown', async () => {
    const folder = tempFolder();
    const source = `
      const fs = require('node:fs');
      const [script, folder] = argv;
      const touched = [];
      const last = new Promise((resolve) => {
        const watcher = fs.watch(folder, (_, name) => {
          if (name !== 'last') return touched.push(name);
          watcher.close();
          resolve();
        });
      });
      const pool = new PythonWorkerPool(script, 'echo', { workers: 2, logger: {} });
      await pool.initialize();
      const large = 'é中'.repeat(5e6);
      const outcomes = [
        (await pool.execute('echo', [large])) === large,
        (await pool.execute('echo', [[large]]))[0] === large,
        await pool.execute('crash').catch(({ code }) => code),
        await pool.execute('sleep', [], { timeout: 100 }).catch(({ code }) => code),
        await pool.execute('echo', ['again']),
      ];
      await pool.shutdown();
      // Files that were created and removed meanwhile are reported before this one.
      fs.writeFileSync(folder + '/last', '');
      await last;
      console.log(JSON.stringify({ outcomes, touched }));`;
    const env = { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder };
    const { stdout, stderr } = await runNode(source, [SCRIPT, folder], { env });
    expect({ ...JSON.parse(stdout || '{}'), stderr }).toEqual({
      outcomes: [true, true, 'ERR_WORKER_CRASHED', 'ERR_CALL_TIMEOUT', 'again'],
      touched: [],
      stderr: '',
    });
    expect(readdirSync(folder)).toEqual(['last']);
  });
});

/** The interpreter itself: a shim or symbolic link would search for its files in its own folder. */
function realPython(): string {
  const program = 'import os, sys; print(os.path.realpath(sys.executable))';
  return execFileSync('python3', ['-c', program], { encoding: 'utf8' }).trim();
}

/** Inspects a worker during a call, with a program and a fork as its children. */
async function withWitnesses(
  secret: string,
  look: (worker: number, children: number[]) => void,
): Promise<void> {
  await withPool(SCRIPT, {}, async (pool) => {
    const door = gate();
    const worker: number = await pool.execute('pid');
    const call = pool.execute('with_children', [secret, door.path]);
    // Both: before it returns to the script, a fork still has everything its parent has.
    await door.reached(2);
    try {
      look(worker, childrenOf(worker));
    } finally {
      door.open();
    }
    expect(await call).toBe(secret);
  });
}

/** A file of a process that is readable for every process of the same user. */
function visible(pid: number, name: 'cmdline' | 'environ'): string {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8');
}

/** The targets of the descriptors of a process, such as `pipe:[4711]`. */
function openIn(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(path.join(folder, fd))];
    } catch {
      return []; // closed in the meantime
    }
  });
}

/**
 * The private pipes of a worker: two for frames, one for stacks. A pipe that Node.js itself was
 * started with may be open everywhere, and does not count.
 */
function channelOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .filter((fd) => isClosedOnExec(pid, fd))
    .map((fd) => readlinkSync(path.join(folder, fd)))
    .filter((file) => file.startsWith('pipe:'));
}

function isClosedOnExec(pid: number, fd: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'));
  return (Number.parseInt(flags?.[1] ?? '', 8) & 0o2000000) !== 0;
}
