/** What may go wrong while a pool imports its script; interpreters are in `faults-interpreters.test.ts`. */

import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PythonPoolError } from '../..';
import {
  allGone,
  eventually,
  fixture,
  gate,
  isAlive,
  leavesNothing,
  linesOf,
  newPool,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
  withUnharmedPool,
  writeScript,
} from '../support';

// There are no signals on Windows, and a shell script can not be an interpreter.
const onUnix = process.platform === 'win32' ? describe.skip : describe;

describe('a script that can not be imported fails the start at once and is not tried again:', () => {
  const sayImport =
    'import os\nwith open(__file__ + ".pids", "a") as pids:\n    pids.write(f"{os.getpid()}\\n")\n';
  const exits: [string, string, Partial<PythonPoolError>, RegExp][] = [
    ['a SyntaxError', 'import broken', { exitCode: 1 }, /broken\.py", line 1[\s\S]*SyntaxError: /],
    [
      'an ImportError',
      'from os import nothing_like_it',
      { exitCode: 1 },
      /script\.py", line 4, in <module>\n[\s\S]*ImportError: cannot import name/,
    ],
    ['sys.exit(0)', 'import sys\nsys.exit(0)', { exitCode: 1 }, /line 5, [\s\S]*SystemExit: 0\n/],
    [
      'sys.exit with words',
      'import sys\nsys.exit("no key")',
      { exitCode: 1 },
      /SystemExit: no key/,
    ],
    ['KeyboardInterrupt', 'raise KeyboardInterrupt', { exitCode: 1 }, /KeyboardInterrupt/],
    ['endless recursion', 'def f(): f()\nf()', { exitCode: 1 }, /RecursionError: /],
    ['os._exit(0)', 'os._exit(0)', { exitCode: 0 }, /exit code 0/],
    ['os._exit(3)', 'os._exit(3)', { exitCode: 3 }, /exit code 3/],
  ];
  const signals: typeof exits = [
    [
      'a segfault',
      'import ctypes\nctypes.string_at(0)',
      { signal: 'SIGSEGV' },
      /Segmentation fault[\s\S]*script\.py", line 5 in <module>/,
    ],
    [
      'abort()',
      'os.abort()',
      { signal: 'SIGABRT' },
      /Aborted[\s\S]*script\.py", line 4 in <module>/,
    ],
    ['SIGKILL', 'os.kill(os.getpid(), 9)', { signal: 'SIGKILL' }, /signal SIGKILL/],
    ['SIGTERM', 'os.kill(os.getpid(), 15)', { signal: 'SIGTERM' }, /SIGTERM/],
  ];

  it.each(process.platform === 'win32' ? exits : [...exits, ...signals])(
    '%s',
    async (_, source, fields, words) => {
      const script = writeScript(`${sayImport}${source}\n`);
      writeScript('broken = = 2\n', 'broken.py', path.dirname(script));
      await leavesNothing(async (env) => {
        const pool = newPool(script, { env });
        const error = await rejection(pool.initialize());
        expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', ...fields });
        const status = fields.signal ? `signal ${fields.signal}` : `exit code ${fields.exitCode}`;
        expect(error.message).toMatch(`Python worker exited before becoming ready (${status})`);
        expect(error.message).toMatch(words);
        const pids = linesOf(`${script}.pids`).map(Number);
        expect(pids).toHaveLength(1);
        expect(pids.filter(isAlive)).toEqual([]);
        expect(pool.getWorkerCount()).toBe(0);

        writeFileSync(script, 'def echo(value): return value  # mended\n');
        await pool.initialize();
        await expect(pool.execute('echo', ['mended'])).resolves.toBe('mended');
        await pool.shutdown();
      });
    },
  );
});

describe('an import may', () => {
  const ECHO = '\ndef echo(value):\n    return value\n';
  const seenOf = async (source: string): Promise<unknown> => {
    let seen: unknown;
    await withUnharmedPool(writeScript(source + ECHO), {}, async (pool) => {
      seen = await pool.execute('get');
    });
    return seen;
  };

  it('read stdin in every way, which is at the end of file', async () => {
    const source = [
      'import os, subprocess, sys',
      'seen = [sys.stdin.read(), os.read(0, 1).decode()]',
      'try:',
      '    input("a question? ")',
      'except EOFError:',
      '    seen.append("EOFError")',
      'code = "import sys; sys.exit(len(sys.stdin.read()))"',
      'seen.append(subprocess.call([sys.executable, "-c", code]))',
      'def get(): return seen',
    ];
    expect(await seenOf(source.join('\n'))).toEqual(['', '', 'EOFError', 0]);
  });

  it('do it all: half a line, 10 MB, a closed descriptor 1, another sys.stdout', async () => {
    const source = [
      'import io, os, sys',
      'sys.stdout.write("half a line")',
      'os.write(1, b"x" * 100)',
      'for _ in range(160): os.write(1, b"y" * 65536)',
      'os.close(1)',
      'sys.stdout = io.StringIO()',
      'print("kept")',
      'def get(): return sys.stdout.getvalue()',
    ];
    expect(await seenOf(source.join('\n'))).toBe('kept\n');
  });

  onUnix('take its time:', () => {
    it('stopped from outside, it is not taken for dead, and goes on', async () => {
      const door = gate();
      const pool = newPool(fixture('waits_in_import.py'));
      const start = withEnvironment({ TEST_GATE: door.path }, () => pool.initialize());
      const [pid] = await door.reached();
      process.kill(pid, 'SIGSTOP');
      door.open();
      // Nothing happens that could be waited for.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(isAlive(pid)).toBe(true);
      expect(pool.getWorkerCount()).toBe(0);
      process.kill(pid, 'SIGCONT');
      await start;
      await expect(pool.execute('pid')).resolves.toBe(pid);
    });
  });
});

describe('the other workers are gone', () => {
  const script = fixture('first_import_fails.py');

  it('when one of several can not import while they still do, whatever they do', async () => {
    const folder = tempFolder();
    await leavesNothing(async (env) => {
      const pool = newPool(script, { workers: 4, env: { ...env, TEST_FOLDER: folder } });
      const error = await rejection(pool.initialize());
      expect(error.code).toBe('ERR_PYTHON_LOAD');
      expect(error.message).toContain('RuntimeError: the one that fails');
      const pids = linesOf(path.join(folder, 'pids')).map(Number);
      expect(pids).toHaveLength(4);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(pool.getWorkerCount()).toBe(0);
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

describe('shutdown() while starting', () => {
  it('is bounded when the import swallows every interrupt, and every child is dead then', async () => {
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
