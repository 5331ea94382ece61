/**
 * Every code, message and field of the table of errors: what becomes of calls. Those of the start and
 * of the end of a worker are in `errors-start.test.ts` and `errors-end.test.ts`.
 */

import { type PythonPoolError, PythonWorkerPool } from '../..';
import {
  fixture,
  gate,
  newPool,
  newWorker,
  rejection,
  runNode,
  tempFolder,
  thrown,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('fails_every_way.py');

// Windows has no limit on open files to run into.
const onUnix = process.platform === 'win32' ? it.skip : it;

/** The error of one call in a pool of its own. */
function errorOf(functionName: string, args: unknown[], script = SCRIPT): Promise<PythonPoolError> {
  return withPool(script, {}, (pool) => rejection(pool.execute(functionName, args)));
}

describe('ERR_PYTHON_EXCEPTION', () => {
  it('has the message and the traceback of the exception, without frames of the worker', async () => {
    const error = await errorOf('fail_inside', []);
    expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
    expect(error.pythonType).toBe('ValueError');
    expect(error.pythonMessage).toBe('inside');
    expect(error.message).toBe(`Python error: inside\n${error.traceback}`);
    expect(error.traceback).toMatch(/^Traceback \(most recent call last\):\n/);
    expect(error.traceback).toMatch(/fails_every_way\.py", line \d+, in fail_inside\n/);
    expect(error.traceback).toMatch(/fails_every_way\.py", line \d+, in fail\n/);
    expect(error.traceback).toMatch(/\nValueError: inside\n$/);
    expect(error.traceback).not.toContain('_python_worker_pool');
    expect(error.traceback).not.toContain('start.py');
  });

  it('names the type of an exception of the script with its module', async () => {
    const error = await errorOf('fail_with_own_type', []);
    expect(error.pythonType).toBe('fails_every_way.OutOfTokens');
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
    expect(error.message).toMatch(/^output\.items\[2\]\.client: fails_every_way\.Client\b/);
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
