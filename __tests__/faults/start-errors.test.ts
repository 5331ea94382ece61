/** The errors of a start: the script, the interpreter, the time it takes. */

import type { PythonPoolError } from '../..';
import {
  fixture,
  isAlive,
  linesOf,
  newPool,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
  withStack,
  writeProgram,
  writeScript,
} from '../support';

const SCRIPT = fixture('fails_every_way.py');

// On Windows there are no signals, and a shell script can not be an interpreter.
const onUnix = process.platform === 'win32' ? it.skip : it;

/** The error of a script that can not be imported. */
function loadErrorOf(source: string): Promise<PythonPoolError> {
  return rejection(newPool(writeScript(source)).initialize());
}

/** Which interpreter runs, found as users would. */
async function interpreter(): Promise<{ path: string; version: string }> {
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
    const { path, version } = await interpreter();
    const { message } = await loadErrorOf('import not_there_at_all.inside\n');
    expect(message).toContain("ModuleNotFoundError: No module named 'not_there_at_all'");
    expect(message).toContain(`"${path}" -m pip install not_there_at_all`);
    expect(message).toContain(`Interpreter: ${path} (Python ${version}, chosen by `);
  });

  it('says why an interpreter was chosen', async () => {
    const { path } = await interpreter();
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

  onUnix('comes of a segfault while importing', async () => {
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

describe('ERR_PYTHON_NOT_FOUND', () => {
  it('lists what was tried: a path that does not exist', async () => {
    const python = `${tempFolder()}/no-python`;
    const error = await rejection(newPool(SCRIPT, { pythonPath: python }).initialize());
    expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
    expect(error.message).toMatch(/^Python 3 not found\n/);
    expect(error.attempts).toHaveLength(1);
    expect(error.attempts?.[0]).toMatch(`${python} (pythonPath): `);
    expect(error.message).toContain(error.attempts?.[0]);
  });

  it('lists what was tried: a name that is not on PATH', async () => {
    const error = await rejection(newPool(SCRIPT, { pythonPath: 'no-python-9' }).initialize());
    expect(error).toMatchObject({
      code: 'ERR_PYTHON_NOT_FOUND',
      attempts: ['no-python-9 (pythonPath): not on PATH'],
    });
  });

  it('lists what was tried: no Python on PATH', async () => {
    // Empty folders, for the virtual environments that may be beside the script or here.
    const [folder, script] = [tempFolder(), writeScript('')];
    await withEnvironment(
      { PATH: folder, VIRTUAL_ENV: undefined, PROMPTFOO_PYTHON: undefined },
      async () => {
        const error = await rejection(newPool(script, { cwd: folder }).initialize());
        expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
        expect(error.attempts?.slice(0, 2)).toEqual([
          'python3 (python3 on PATH): not on PATH',
          'python (python on PATH): not on PATH',
        ]);
      },
    );
  });

  onUnix('says what a program that is no Python did', async () => {
    const python = writeProgram('echo "I am a parrot" >&2; exit 7');
    const error = await rejection(newPool(SCRIPT, { pythonPath: python }).initialize());
    expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
    expect(error.attempts?.[0]).toMatch(/exit (code|status:) 7\b/);
    expect(error.attempts?.[0]).toContain('I am a parrot');
  });
});

describe('ERR_STARTUP_TIMEOUT', () => {
  it('says how to wait longer and where the import was, and leaves no process', async () => {
    const pids = `${tempFolder()}/pids`;
    const error = await withEnvironment({ TEST_PIDS: pids }, () =>
      withStack(() =>
        rejection(newPool(fixture('hangs_in_import.py'), { startupTimeout: 2000 }).initialize()),
      ),
    );
    expect(error.code).toBe('ERR_STARTUP_TIMEOUT');
    expect(error.message).toMatch(/^Worker failed to become ready within timeout/);
    expect(error.message).toContain('startupTimeout');
    expect(error.message).toContain('2000');
    expect(error.timeout).toBe(2000);
    if (process.platform !== 'win32') {
      expect(error.pythonStack).toMatch(
        /hangs_in_import\.py", line \d+ in <module>\n.*hangs_in_import\.py", line \d+ in load_the_model\n$/,
      );
    }
    expect(linesOf(pids).map(Number).filter(isAlive)).toEqual([]);
  });
});
