/** Scripts that cannot be imported, and odd ones that can. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PythonPoolError } from '../..';
import {
  fixture,
  importsOf,
  isAlive,
  leavesNothing,
  linesOf,
  newPool,
  onUnix,
  RECORDS_IMPORTS,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
  withUnharmedPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('fails_every_way.py');

/** The error of a script that can not be imported. */
function loadErrorOf(source: string): Promise<PythonPoolError> {
  return rejection(newPool(writeScript(source)).initialize());
}

/** Which interpreter runs, found as users would. */
async function interpreterFound(): Promise<{ path: string; version: string }> {
  const script = writeScript(
    'import sys\ndef f(): return {"path": sys.executable, "version": sys.version.split()[0]}\n',
  );
  return withPool(script, {}, (pool) => pool.execute('f', []));
}

describe('ERR_PYTHON_LOAD', () => {
  const START = 'Python worker exited before becoming ready';

  it('has the text of a SyntaxError, with file and line', async () => {
    const error = await loadErrorOf('fine = 1\nbroken = = 2\n');
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toMatch(`${START} (exit code 1)\nSyntaxError: `);
    expect(error.traceback).toMatch(/script\.py", line 2/);
    expect(error.traceback).toMatch(/\nSyntaxError: /);
    expect(error.message).toContain(error.traceback);
    expect(error.exitCode).toBe(1);
    expect(error.signal).toBeUndefined();
    expect(error.stderrTail).toBe('');
  });

  it('has the traceback of any exception, and what was printed before it', async () => {
    const error = await loadErrorOf(
      'import sys\nprint("loading", file=sys.stderr)\ndef setup():\n    return {}["key"]\nsetup()\n',
    );
    expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', exitCode: 1, stderrTail: 'loading\n' });
    expect(error.traceback).toMatch(
      /line 5, in <module>\n[\s\S]*line 4, in setup\n[\s\S]*KeyError: 'key'/,
    );
    expect(error.traceback).not.toContain('_python_worker_pool');
  });

  it('has the line that installs a missing module for the interpreter that runs', async () => {
    const { path, version } = await interpreterFound();
    const { message } = await loadErrorOf('import not_there_at_all.inside\n');
    expect(message).toContain("ModuleNotFoundError: No module named 'not_there_at_all'");
    expect(message).toContain(`"${path}" -m pip install not_there_at_all`);
    expect(message).toContain(`Interpreter: ${path} (Python ${version}, chosen by `);
  });

  it('says why an interpreter was chosen', async () => {
    const { path } = await interpreterFound();
    const broken = writeScript('broken = (\n');
    const named = await rejection(newPool(broken, { pythonPath: path }).initialize());
    expect(named.message).toContain('chosen by pythonPath');
    await withEnvironment({ PROMPTFOO_PYTHON: path }, async () => {
      const error = await rejection(newPool(broken).initialize());
      expect(error.message).toContain('chosen by PROMPTFOO_PYTHON');
    });
  });

  it('gives no pip line for a name that a module lacks', async () => {
    const { message } = await loadErrorOf('from os import not_there_at_all\n');
    expect(message).toContain('ImportError: cannot import name');
    expect(message).not.toContain('pip install');
  });

  it('comes of sys.exit(0) while importing', async () => {
    const error = await loadErrorOf('import sys\nsys.exit(0)\n');
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toMatch(`${START} (exit code ${error.exitCode})\nSystemExit: 0\n`);
    expect(error.traceback).toMatch(/line 2, in <module>/);
  });

  it('comes of os._exit(3) while importing', async () => {
    const error = await loadErrorOf('import os\nos.write(2, b"gone\\n")\nos._exit(3)\n');
    expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', exitCode: 3, stderrTail: 'gone\n' });
    expect(error.message).toMatch(`${START} (exit code 3)\ngone\n`);
    expect(error.signal).toBeUndefined();
    expect(error.traceback).toBeUndefined();
  });

  onUnix.it('comes of a segfault while importing', async () => {
    const error = await loadErrorOf('import ctypes\nctypes.string_at(0)\n');
    expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', signal: 'SIGSEGV' });
    expect(error.message).toMatch(`${START} (signal SIGSEGV)\n`);
    expect(error.exitCode).toBeUndefined();
    expect(error.stderrTail).toContain('Fatal Python error: Segmentation fault');
    expect(error.stderrTail).toMatch(/script\.py", line 2/);
  });

  it('comes of a script that does not exist', async () => {
    const script = `${tempFolder()}/nowhere.py`;
    const error = await rejection(newPool(script).initialize());
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain(`the Python script does not exist: ${script}`);
  });

  it('has all that was written by an interpreter that ended at once', async () => {
    const tails = new Set<string | undefined>();
    for (let round = 0; round < 20; round++) {
      const pool = newPool(SCRIPT, { pythonArgs: ['--no-such-argument'] });
      const error = await rejection(pool.initialize());
      expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', exitCode: 2 });
      tails.add(error.stderrTail?.split('\n')[0]);
    }
    expect([...tails]).toEqual([expect.stringContaining('--no-such-argument')]);
  });

  it('is not retried', async () => {
    const script = writeScript(
      'with open(__file__ + ".imports", "a") as imports:\n    imports.write("one\\n")\n1 / 0\n',
    );
    const error = await rejection(newPool(script).initialize());
    expect(error.message).toContain('ZeroDivisionError: division by zero');
    expect(linesOf(`${script}.imports`)).toEqual(['one']);
  });
});

describe('a script that can not be imported fails the start at once and is not tried again:', () => {
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
      const script = writeScript(`${RECORDS_IMPORTS}${source}\n`);
      writeScript('broken = = 2\n', 'broken.py', path.dirname(script));
      await leavesNothing(async (env) => {
        const pool = newPool(script, { env });
        const error = await rejection(pool.initialize());
        expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', ...fields });
        const status = fields.signal ? `signal ${fields.signal}` : `exit code ${fields.exitCode}`;
        expect(error.message).toMatch(`Python worker exited before becoming ready (${status})`);
        expect(error.message).toMatch(words);
        const pids = importsOf(script);
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

  const seenOf = (source: string): Promise<unknown> =>
    withUnharmedPool(writeScript(source + ECHO), {}, (pool) => pool.execute('get'));

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
});
