/** Scripts that cannot be imported, and odd ones that can. */

import { mkdirSync, writeFileSync } from 'node:fs';
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

/** The error of a script that cannot be imported. */
function loadErrorOf(source: string): Promise<PythonPoolError> {
  return rejection(newPool(writeScript(source)).initialize());
}

/** The interpreter that runs by default. */
async function interpreterFound(): Promise<{ path: string; version: string }> {
  const script = writeScript(
    'import sys\ndef f(): return {"path": sys.executable, "version": sys.version.split()[0]}\n',
  );
  return withPool(script, {}, (pool) => pool.execute('f', []));
}

describe('ERR_PYTHON_LOAD', () => {
  const START = 'Python worker exited before becoming ready';

  it('has the message of a SyntaxError, with file and line', async () => {
    const error = await loadErrorOf('fine = 1\nbroken = = 2\n');
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toMatch(`${START} (exit code 1)\nSyntaxError: `);
    expect(error.traceback).toMatch(/script\.py", line 2/);
    expect(error.traceback).toMatch(/\nSyntaxError: /);
    expect(error.message.match(/SyntaxError/g)).toHaveLength(1);
    expect(error.message).toContain(error.traceback?.replace(/\nSyntaxError: .*\n$/, ''));
    expect(error.exitCode).toBe(1);
    expect(error.signal).toBeUndefined();
    expect(error.stderrTail).toBe('');
  });

  it('has the traceback of any exception, and the output before it', async () => {
    const error = await loadErrorOf(
      'import sys\nprint("loading", file=sys.stderr)\ndef setup():\n    return {}["key"]\nsetup()\n',
    );
    expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', exitCode: 1, stderrTail: 'loading\n' });
    expect(error.traceback).toMatch(
      /line 5, in <module>\n[\s\S]*line 4, in setup\n[\s\S]*KeyError: 'key'/,
    );
    expect(error.traceback).not.toContain('_python_worker_pool');
  });

  it('has the command that installs a missing module for this interpreter', async () => {
    const { path, version } = await interpreterFound();
    const { message } = await loadErrorOf('import not_there_at_all.inside\n');
    expect(message).toContain("ModuleNotFoundError: No module named 'not_there_at_all'");
    expect(message).toContain(`"${path}" -m pip install not_there_at_all`);
    expect(message).toContain(`Interpreter: ${path} (Python ${version}, chosen by `);
  });

  it('names the package if its name differs from that of the module', async () => {
    const python = (await interpreterFound()).path;
    const script = writeScript('import cv2\n');
    const error = await rejection(newPool(script, { pythonArgs: ['-S'] }).initialize());
    expect(error.message.endsWith(`"${python}" -m pip install opencv-python`)).toBe(true);
    expect(error.hint).toBe(
      `To install the package with the module 'cv2': "${python}" -m pip install opencv-python`,
    );
  });

  it('names the folder of a module of the project, and no package', async () => {
    const folder = tempFolder();
    const evals = path.join(folder, 'evals');
    mkdirSync(evals);
    writeScript('', 'helper_of_ours.py', folder);
    const script = writeScript('import helper_of_ours\n', 'script.py', evals);
    const error = await rejection(newPool(script).initialize());
    expect(error.message).not.toContain('pip install');
    expect(error.hint).toContain(`'helper_of_ours' is in ${folder}, which Python does not search`);
    expect(error.hint).toContain('PYTHONPATH');
    const PYTHONPATH = folder;
    const pool = newPool(script, { env: { ...process.env, PYTHONPATH } });
    await expect(pool.initialize()).resolves.toBeUndefined();
    await pool.shutdown();
  });

  it('says how to name a script that has relative imports', async () => {
    const folder = tempFolder();
    const inner = path.join(folder, 'pkg');
    mkdirSync(inner);
    writeScript('', '__init__.py', inner);
    writeScript('VALUE = 5\n', 'other.py', inner);
    const source = 'from .other import VALUE\ndef f(): return VALUE\n';
    const script = writeScript(source, 'provider.py', inner);
    const error = await rejection(newPool(script).initialize());
    expect(error.hint).toContain(
      `{ module: 'pkg.provider' }, with the option cwd set to ${folder}`,
    );
    const pool = newPool({ module: 'pkg.provider' }, { cwd: folder });
    await pool.initialize();
    expect(await pool.execute('f')).toBe(5);
    await pool.shutdown();
  });

  it.each<[string, Buffer, RegExp]>([
    ['UTF-16', Buffer.from('\ufeffx = 1\n', 'utf16le'), /is UTF-16, .* Save it as UTF-8/],
    ['text with NUL bytes', Buffer.from('x = 1\ny = "\0"\n'), /NUL bytes, the first on line 2/],
    ['a notebook', Buffer.from('{"cells": [null], "nbformat": 4}'), /is a Jupyter notebook/],
    ['JavaScript', Buffer.from('const x = 1;\n'), /is JavaScript, not Python/],
    ['Python 2', Buffer.from('print "hello"\n'), /is Python 2: line 1 has a print statement/],
  ])('names the script and what it is: %s', async (_, content, words) => {
    const script = writeScript('');
    writeFileSync(script, content);
    const error = await rejection(newPool(script).initialize());
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.hint).toMatch(words);
    expect(error.hint?.startsWith(`${script} `)).toBe(true);
    expect(error.message.endsWith(`\n${error.hint}`)).toBe(true);
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

  it('suggests no pip command for a name that a module lacks', async () => {
    const { message } = await loadErrorOf('from os import not_there_at_all\n');
    expect(message).toContain('ImportError: cannot import name');
    expect(message).not.toContain('pip install');
  });

  it('is the result of sys.exit(0) during the import', async () => {
    const error = await loadErrorOf('import sys\nsys.exit(0)\n');
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toMatch(`${START} (exit code ${error.exitCode})\nSystemExit: 0\n`);
    expect(error.traceback).toMatch(/line 2, in <module>/);
  });

  it('is the result of os._exit(3) during the import', async () => {
    const error = await loadErrorOf('import os\nos.write(2, b"gone\\n")\nos._exit(3)\n');
    expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', exitCode: 3, stderrTail: 'gone\n' });
    expect(error.message).toMatch(`${START} (exit code 3)\ngone\n`);
    expect(error.signal).toBeUndefined();
    expect(error.traceback).toBeUndefined();
  });

  onUnix.it('is the result of a segfault during the import', async () => {
    const error = await loadErrorOf('import ctypes\nctypes.string_at(0)\n');
    expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', signal: 'SIGSEGV' });
    expect(error.message).toMatch(`${START} (signal SIGSEGV)\n`);
    expect(error.exitCode).toBeUndefined();
    expect(error.stderrTail).toContain('Fatal Python error: Segmentation fault');
    expect(error.stderrTail).toMatch(/script\.py", line 2/);
  });

  it('is the result of a script that does not exist', async () => {
    const script = `${tempFolder()}/nowhere.py`;
    const error = await rejection(newPool(script).initialize());
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain(`the Python script does not exist: ${script}`);
  });

  it('has all output of an interpreter that ended at once', async () => {
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

describe('a script that cannot be imported fails the start at once and is not retried:', () => {
  const exits: [string, string, Partial<PythonPoolError>, RegExp][] = [
    [
      'a SyntaxError',
      'import broken',
      { exitCode: 1 },
      /SyntaxError: [\s\S]*broken\.py", line 1\n/,
    ],
    [
      'an ImportError',
      'from os import nothing_like_it',
      { exitCode: 1 },
      /ImportError: cannot import name[\s\S]*script\.py", line 4, in <module>\n/,
    ],
    ['sys.exit(0)', 'import sys\nsys.exit(0)', { exitCode: 1 }, /SystemExit: 0\n[\s\S]*line 5, /],
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

        writeFileSync(script, 'def echo(value): return value  # fixed\n');
        await pool.initialize();
        await expect(pool.execute('echo', ['fixed'])).resolves.toBe('fixed');
        await pool.shutdown();
      });
    },
  );
});

describe('an import may', () => {
  const ECHO = '\ndef echo(value):\n    return value\n';

  const seenOf = (source: string): Promise<unknown> =>
    withUnharmedPool(writeScript(source + ECHO), {}, (pool) => pool.execute('get'));

  it('read stdin in every way, and finds the end of the file', async () => {
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

  it('print half a line and 10 MB, close descriptor 1, and replace sys.stdout', async () => {
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
