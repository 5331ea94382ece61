/** Every code, message and field of the table of errors, and what leads to them. */

import { type PythonPoolError, PythonWorkerPool } from '..';
import {
  fixture,
  gate,
  isAlive,
  linesOf,
  newPool,
  newWorker,
  rejection,
  runNode,
  tempFolder,
  thrown,
  withEnvironment,
  withPool,
  writeScript,
} from './support';

const SCRIPT = fixture('a_errors.py');

// There are no signals on Windows, and a script can not find its private handles there.
const onUnix = process.platform === 'win32' ? it.skip : it;

/** The error of one call in a pool of its own. */
function errorOf(functionName: string, args: unknown[], script = SCRIPT): Promise<PythonPoolError> {
  return withPool(script, {}, (pool) => rejection(pool.execute(functionName, args)));
}

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

/**
 * An error that says where Python was. Python has 50 ms to tell, and on a busy machine may not:
 * then another error is asked for.
 */
async function withStack(cause: () => Promise<PythonPoolError>): Promise<PythonPoolError> {
  for (let attempt = 1; ; attempt++) {
    const error = await cause();
    if (error.pythonStack !== undefined || attempt === 6) {
      return error;
    }
  }
}

describe('ERR_PYTHON_EXCEPTION', () => {
  it('has the message and the traceback of the exception, without frames of the worker', async () => {
    const error = await errorOf('fail_inside', []);
    expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
    expect(error.pythonType).toBe('ValueError');
    expect(error.pythonMessage).toBe('inside');
    expect(error.message).toBe(`Python error: inside\n${error.traceback}`);
    expect(error.traceback).toMatch(/^Traceback \(most recent call last\):\n/);
    expect(error.traceback).toMatch(/a_errors\.py", line \d+, in fail_inside\n/);
    expect(error.traceback).toMatch(/a_errors\.py", line \d+, in fail\n/);
    expect(error.traceback).toMatch(/\nValueError: inside\n$/);
    expect(error.traceback).not.toContain('_python_worker_pool');
    expect(error.traceback).not.toContain('start.py');
  });

  it('names the type of an exception of the script with its module', async () => {
    const error = await errorOf('fail_with_own_type', []);
    expect(error.pythonType).toBe('a_errors.OutOfTokens');
    expect(error.message).toMatch(/^Python error: none left\nTraceback/);
  });

  it('has the cause in the traceback', async () => {
    const { traceback, pythonMessage } = await errorOf('fail_with_cause', []);
    expect(pythonMessage).toBe('second');
    expect(traceback).toMatch(/ValueError: first\n\nThe above exception was the direct cause/);
    expect(traceback).toMatch(/\nRuntimeError: second\n$/);
  });

  it('comes of an async function and of a wrong number of arguments, too', async () => {
    await expect(errorOf('fail_later', [])).resolves.toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonMessage: 'later',
    });
    await expect(errorOf('needs_two', [1])).resolves.toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonType: 'TypeError',
      pythonMessage: expect.stringContaining("missing 1 required positional argument: 'second'"),
    });
  });

  it('may have an empty message', async () => {
    const error = await errorOf('fail_without_text', []);
    expect(error).toMatchObject({ pythonType: 'KeyError', pythonMessage: '' });
    expect(error.message).toMatch(/^Python error: \nTraceback/);
  });
});

describe('ERR_FUNCTION_NOT_FOUND', () => {
  const PROVIDER = [
    'import os',
    'def call_apis(prompt, options, context): pass',
    'def get_embedding_api(prompt, options): pass',
    'def _private(): pass',
    'class Helper:',
    '    def method(self): pass',
  ].join('\n');

  const missing = (name: string, source = PROVIDER) =>
    errorOf(name, [], writeScript(source, 'provider.py'));

  it('lists the functions of the script, in the message and as a field', async () => {
    const error = await missing('summarize');
    expect(error.code).toBe('ERR_FUNCTION_NOT_FOUND');
    expect(error.available).toEqual(['Helper', 'call_apis', 'get_embedding_api']);
    expect(error.message).toBe(
      "Python error: Function 'summarize' not found in module 'provider'\n\n" +
        'Available functions in your module: Helper, call_apis, get_embedding_api',
    );
  });

  it('suggests the nearest name', async () => {
    const { message } = await missing('call_apsi');
    expect(message).toMatch(/^Did you mean 'call_apis'\?$/m);
  });

  it('suggests to rename a function that differs in its prefix or case', async () => {
    const { message } = await missing('call_embedding_api');
    expect(message).toMatch(
      /^Did you mean to rename 'get_embedding_api' to 'call_embedding_api'\?$/m,
    );
    expect((await missing('CALL_APIS')).message).toMatch(
      /^Did you mean to rename 'call_apis' to 'CALL_APIS'\?$/m,
    );
  });

  it('suggests nothing when no name is near', async () => {
    expect((await missing('zzz')).message).not.toContain('Did you mean');
  });

  it.each(['call_api', 'call_embedding_api', 'call_classification_api'])(
    'tells what promptfoo expects when %s is missing',
    async (name) => {
      const { message } = await missing(name, 'def unrelated(): pass');
      expect(message).toMatch(
        `Python error: Function '${name}' not found in module 'provider'\n\n` +
          'Available functions in your module: unrelated\n\n' +
          'Expected function names for promptfoo:\n',
      );
      expect(message).toContain('call_api(prompt, options, context)');
      expect(message).toContain('call_embedding_api(prompt, options)');
      expect(message).toContain('call_classification_api(prompt, options)');
      expect(message).toContain('https://www.promptfoo.dev/docs/providers/python/');
    },
  );

  it('says nothing of promptfoo for other names', async () => {
    expect((await missing('summarize')).message).not.toContain('promptfoo');
  });

  it('says that an empty script has no functions', async () => {
    const error = await missing('run', 'VALUE = 1');
    expect(error.available).toEqual([]);
    expect(error.message).toContain('Available functions in your module: (none)');
  });
});

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
    const python = writeScript('#!/bin/sh\necho "I am a parrot" >&2\nexit 7\n', 'python');
    const { chmodSync } = await import('node:fs');
    chmodSync(python, 0o755);
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
        rejection(newPool(fixture('a_hanging_import.py'), { startupTimeout: 2000 }).initialize()),
      ),
    );
    expect(error.code).toBe('ERR_STARTUP_TIMEOUT');
    expect(error.message).toMatch(/^Worker failed to become ready within timeout/);
    expect(error.message).toContain('startupTimeout');
    expect(error.message).toContain('2000');
    expect(error.timeout).toBe(2000);
    if (process.platform !== 'win32') {
      expect(error.pythonStack).toMatch(
        /a_hanging_import\.py", line \d+ in <module>\n.*a_hanging_import\.py", line \d+ in load_the_model\n$/,
      );
    }
    expect(linesOf(pids).map(Number).filter(isAlive)).toEqual([]);
  });
});

describe('ERR_CALL_TIMEOUT', () => {
  it('says where Python was, and costs the worker', async () => {
    await withPool(SCRIPT, { timeout: 300 }, async (pool) => {
      const pid = await pool.execute('pid', []);
      const error = await withStack(() => rejection(pool.execute('sleep_here', [600])));
      expect(error.code).toBe('ERR_CALL_TIMEOUT');
      expect(error.message).toBe('Python worker timed out after 300ms');
      expect(error.timeout).toBe(300);
      if (process.platform !== 'win32') {
        expect(error.pythonStack).toMatch(/a_errors\.py", line \d+ in sleep_here\n$/);
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

  onUnix('hints at the out-of-memory killer for SIGKILL', async () => {
    expect((await errorOf('kill_myself', ['SIGKILL'])).hint).toMatch(/memory/);
    expect((await errorOf('crash', [1])).hint).toBeUndefined();
  });

  onUnix('has the stack of a real segfault in its stderr', async () => {
    const error = await errorOf('read_nothing', []);
    expect(error.message).toBe('Worker crashed (signal SIGSEGV)');
    expect(error.stderrTail).toMatch(
      /^Fatal Python error: Segmentation fault\n[\s\S]*a_errors\.py", line \d+ in read_nothing\n/,
    );
  });

  // Sixteen bytes of header, the first four of which are the length; the sixth is the kind.
  onUnix.each([
    ['noise', 'ff'.repeat(64)],
    ['text', Buffer.from('{"result": "not a frame"}\n').toString('hex')],
    ['an unknown kind', '00000000ee0000000000000000000000'],
    ['a reply to a call that it has not', '0100000004000000630000000000000031'],
    ['a frame larger than any may be', 'f0ffffff040000000100000000000000'],
  ])('is a protocol error when the worker writes %s', async (_, bytes) => {
    await withPool(SCRIPT, {}, async (pool) => {
      const pid: number = await pool.execute('pid', []);
      const error = await rejection(pool.execute('write_on_channel', [bytes]));
      expect(error.code).toBe('ERR_WORKER_CRASHED');
      expect(error.message).toBe('Worker crashed (protocol error)');
      expect(error.hint).toEqual(expect.any(String));
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
      expect(isAlive(pid)).toBe(false);
    });
  });

  onUnix('is what half a reply comes to', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      // A reply of 100 bytes to the first call, of which two are written.
      const half = '64000000040000000100000000000000' + '2261';
      const error = await rejection(pool.execute('write_on_channel', [half, 5]));
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 5 });
      expect(error.message).toBe('Worker crashed (exit code 5)');
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
    });
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
          `All 1 Python worker(s) for ${SCRIPT} crashed and could not be restarted`,
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
      expect(error.message).toBe(
        `All 2 Python worker(s) for ${SCRIPT} crashed and could not be restarted`,
      );
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

describe('ERR_NOT_INITIALIZED and ERR_POOL_CLOSED', () => {
  it('rejects calls before initialize', async () => {
    const error = await rejection(newPool(SCRIPT).execute('echo', [1]));
    expect(error.code).toBe('ERR_NOT_INITIALIZED');
    expect(error.message).toBe('Worker pool not initialized');
  });

  it('rejects calls after shutdown', async () => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    await pool.shutdown();
    const error = await rejection(pool.execute('echo', [1]));
    expect(error.message).toBe('Worker pool not initialized');
    expect(error.code).toBe('ERR_POOL_CLOSED');
  });

  it('rejects calls during shutdown', async () => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    const closing = pool.shutdown();
    const error = await rejection(pool.execute('echo', [1]));
    expect(error.message).toBe('Worker pool not initialized');
    expect(error.code).toBe('ERR_POOL_CLOSED');
    await closing;
  });

  it('rejects queued and running calls at shutdown', async () => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    const door = gate();
    const running = rejection(pool.execute('wait', [door.path]));
    const queued = rejection(pool.execute('echo', [1]));
    await door.reached();
    await pool.shutdown();
    expect(await running).toMatchObject({
      code: 'ERR_POOL_CLOSED',
      message: 'Worker shutting down',
    });
    expect(await queued).toMatchObject({
      code: 'ERR_POOL_CLOSED',
      message: 'Worker pool shutting down',
    });
  });
});

describe('ERR_WORKER_NOT_READY and ERR_WORKER_BUSY', () => {
  it('reject calls of a worker that is not ready or busy', async () => {
    const worker = newWorker(SCRIPT, 'echo');
    const early = await rejection(worker.call('echo', [1]));
    expect(early.code).toBe('ERR_WORKER_NOT_READY');
    expect(early.message).toBe('Worker not ready');
    await worker.initialize();
    const door = gate();
    const running = worker.call('wait', [door.path]);
    const second = await rejection(worker.call('echo', [2]));
    expect(second.code).toBe('ERR_WORKER_BUSY');
    expect(second.message).toBe('Worker is busy');
    door.open();
    await running;
  });
});

describe('ERR_INVALID_ARGUMENT', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY])(
    'is thrown for a worker count of %d',
    (count) => {
      const error = thrown(() => new PythonWorkerPool(SCRIPT, 'echo', count));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toBe(`Invalid worker count: ${count}. Must be at least 1.`);
    },
  );
});

describe('ERR_NOT_SERIALIZABLE', () => {
  it('names the path of an argument', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const config = {
        get key() {
          throw new Error('locked');
        },
      };
      const error = await rejection(pool.execute('echo', [1, { config }]));
      expect(error.code).toBe('ERR_NOT_SERIALIZABLE');
      expect(error.message).toMatch(/^args\[1\]\.config\.key: getter threw/);
      expect(error.path).toBe('args[1].config.key');
    });
  });

  it('names the path of a result and its type', async () => {
    const error = await errorOf('client', []);
    expect(error.code).toBe('ERR_NOT_SERIALIZABLE');
    expect(error.message).toMatch(/^output\.items\[2\]\.client: a_errors\.Client\b/);
    expect(error.path).toBe('output.items[2].client');
  });
});

describe('ERR_PAYLOAD_TOO_LARGE', () => {
  it('has the size and the limit, of arguments and of results', async () => {
    await withPool(SCRIPT, { maxPayload: 10_000 }, async (pool) => {
      const arguments_ = await rejection(pool.execute('echo', ['x'.repeat(20_000)]));
      expect(arguments_).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 10_000 });
      expect(arguments_.size).toBeGreaterThanOrEqual(20_000);
      const result = await rejection(pool.execute('text_of', [30_000]));
      expect(result).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 10_000 });
      expect(result.size).toBeGreaterThanOrEqual(30_000);
      expect(result.message).toContain('maxPayload');
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
    });
  });
});

describe('ERR_SYSTEM', () => {
  // Windows has no limit on open files to run into.
  onUnix('has the system call and the number of the error when no fds are left', async () => {
    const { code, stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'echo', 64);
       const error = await pool.initialize().catch((error) => error);
       console.log(JSON.stringify({ ...error, message: error.message, workers: pool.getWorkerCount() }));`,
      [SCRIPT],
      { prelude: 'ulimit -n 80' },
    );
    expect(JSON.parse(stdout)).toEqual({
      code: 'ERR_SYSTEM',
      message: expect.stringMatching(/Too many open files/i),
      syscall: expect.any(String),
      errno: 24,
      workers: 0,
    });
    expect(stderr).not.toContain('panicked');
    expect(code).toBe(0);
  });

  it('names a working directory that does not exist', async () => {
    const cwd = `${tempFolder()}/nowhere`;
    const error = await rejection(newPool(SCRIPT, { cwd }).initialize());
    expect(error.message).toContain(cwd);
    expect(error).toMatchObject({ code: 'ERR_SYSTEM', syscall: expect.any(String) });
  });
});

describe('every error', () => {
  const failures: [string, (pool: PythonWorkerPool) => Promise<unknown>][] = [
    ['an exception', (pool) => pool.execute('fail', ['x'])],
    ['a missing function', (pool) => pool.execute('nothing_like_it', [])],
    ['a crash', (pool) => pool.execute('crash', [1])],
    ['a timeout', (pool) => pool.execute('sleep_here', [60], { timeout: 50 })],
    ['a value that can not cross', (pool) => pool.execute('client', [])],
  ];

  it.each(failures)('is an Error of the realm of its test: %s', async (_, cause) => {
    await withPool(SCRIPT, {}, async (pool) => {
      const promise = cause(pool);
      expect(promise).toBeInstanceOf(Promise);
      const error = await rejection(promise);
      expect(error).toBeInstanceOf(Error);
      expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
      expect(String(error)).toBe(`Error: ${error.message}`);
      expect(Object.keys(error)).toContain('code');
    });
  });

  it.each(failures)('carries the stack of its caller: %s', async (_, cause) => {
    await withPool(SCRIPT, {}, async (pool) => {
      async function callerInTheTest() {
        await cause(pool);
      }
      // Jest maps frames back to TypeScript and drops the word `async` from them.
      expect((await rejection(callerInTheTest())).stack).toMatch(
        /\n {4}at (async )?callerInTheTest \(.*errors\.test\.ts:/,
      );
    });
  });

  it('carries an "at async" frame of its caller in plain Node.js', async () => {
    const { stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'echo', { logger: {} });
       async function startsThePool() { await pool.initialize(); }
       async function callsPython(name, ...args) { await pool.execute(name, args); }
       const stacks = [];
       const keep = (error) => stacks.push(error.stack);
       await callsPython('echo').catch(keep);
       await startsThePool();
       await callsPython('fail', 'x').catch(keep);
       await callsPython('crash', 1).catch(keep);
       await pool.shutdown();
       const broken = new PythonWorkerPool(argv[0] + '.nowhere', 'echo', { logger: {} });
       async function startsTheOther() { await broken.initialize(); }
       await startsTheOther().catch(keep);
       console.log(JSON.stringify(stacks));`,
      [SCRIPT],
    );
    expect(stderr).toBe('');
    const stacks: string[] = JSON.parse(stdout);
    expect(stacks).toHaveLength(4);
    for (const stack of stacks.slice(0, 3)) {
      expect(stack).toMatch(/\n {4}at async callsPython \(/);
    }
    expect(stacks[3]).toMatch(/\n {4}at async startsTheOther \(/);
  });
});
