/**
 * The forms of the constructor; every option with its default, its effect and its bad values. Those of
 * the process are in `options-process.test.ts`.
 */

import path from 'node:path';
import { PythonWorkerPool, type PythonWorkerPoolOptions } from '..';
import {
  captureLogger,
  eventually,
  fixture,
  newPool,
  rejection,
  runNode,
  shutdownAtEnd,
  tempFolder,
  thrown,
  withEnvironment,
  withPool,
} from './support';

const SCRIPT = fixture('a_environment.py');
const ERRORS = fixture('a_errors.py');
const HANGING_IMPORT = fixture('a_hanging_import.py');

interface Interpreter {
  executable: string;
  prefix: string;
  base_prefix: string;
  argv: string[];
  dev_mode: boolean;
  optimize: number;
  utf8_mode: number;
}

/** What the worker of a pool with these options says of its interpreter. */
function interpreterOf(options: PythonWorkerPoolOptions, script = SCRIPT): Promise<Interpreter> {
  return withPool(script, options, (pool) => pool.execute('interpreter', []));
}

/** What a constructor throws for options that are not of their type. */
function optionsError(options: object) {
  return thrown(() => new PythonWorkerPool(SCRIPT, 'pid', options as PythonWorkerPoolOptions));
}

describe('constructor', () => {
  const quiet = { logger: {} };

  it('takes the options by position', async () => {
    const { executable } = await interpreterOf({});
    const pool = shutdownAtEnd(
      new PythonWorkerPool(ERRORS, 'pid', 2, executable, 321, { maxCrashes: 1, ...quiet }),
    );
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(2);
    const error = await rejection(pool.execute('sleep_here', [60]));
    expect(error.message).toBe('Python worker timed out after 321ms');
  });

  it('takes the options by name', async () => {
    const pool = shutdownAtEnd(
      new PythonWorkerPool(ERRORS, 'pid', { workers: 2, timeout: 321, ...quiet }),
    );
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(2);
    const error = await rejection(pool.execute('sleep_here', [60]));
    expect(error.message).toBe('Python worker timed out after 321ms');
  });

  it('prefers positional options to those by name, which fill what is left out', async () => {
    const options = { workers: 3, timeout: 321, ...quiet };
    const pool = shutdownAtEnd(new PythonWorkerPool(ERRORS, 'pid', 1, undefined, null, options));
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(1);
    const error = await rejection(pool.execute('sleep_here', [60]));
    expect(error.message).toBe('Python worker timed out after 321ms');
  });

  it('takes undefined and null for what is left out', async () => {
    const pool = shutdownAtEnd(
      new PythonWorkerPool(SCRIPT, 'pid', undefined, null, undefined, null),
    );
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(1);
    const named = newPool(SCRIPT, { workers: undefined, timeout: undefined, env: undefined });
    await named.initialize();
    expect(named.getWorkerCount()).toBe(1);
  });

  it('does not read options that are changed later', async () => {
    const options = { workers: 1, ...quiet };
    const pool = shutdownAtEnd(new PythonWorkerPool(SCRIPT, 'pid', options));
    options.workers = 2;
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(1);
  });

  it('keeps the default function for calls without a name', async () => {
    const pool = newPool(SCRIPT, {}, 'working_directory');
    await pool.initialize();
    await expect(pool.execute()).resolves.toBe(process.cwd());
    await expect(pool.execute(null, [])).resolves.toBe(process.cwd());
    await expect(pool.execute('variable', ['NOT_THERE'])).resolves.toBeNull();
  });

  it('starts with a script that lacks the default function', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const error = await rejection(pool.execute(undefined, []));
      expect(error.code).toBe('ERR_FUNCTION_NOT_FOUND');
      await expect(pool.execute('working_directory', [])).resolves.toBe(process.cwd());
    });
  });

  it('takes a script relative to the working directory of Node.js', async () => {
    const relative = path.relative(process.cwd(), SCRIPT);
    await withPool(relative, { cwd: tempFolder() }, async (pool) => {
      const { argv }: Interpreter = await pool.execute('interpreter', []);
      expect(argv).toEqual([SCRIPT]);
    });
  });

  it.each([
    ['scriptPath', ''],
    ['scriptPath', undefined],
    ['scriptPath', 5],
    ['scriptPath', 'nul\0byte.py'],
    ['functionName', ''],
    ['functionName', undefined],
    ['functionName', {}],
  ])('throws for a bad %s: %j', (name, value) => {
    const [script, functionName] = name === 'scriptPath' ? [value, 'pid'] : [SCRIPT, value];
    const error = thrown(
      () => new PythonWorkerPool(script as string, functionName as unknown as string),
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(`Invalid ${name}: `);
  });

  it('throws for an option that it does not have, and names those it has', () => {
    const error = optionsError({ timeOut: 5 });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain('"timeOut"');
    for (const name of ['workers', 'pythonPath', 'timeout', 'startupTimeout', 'logger']) {
      expect(error.message).toContain(name);
    }
  });

  it.each([[[]], ['text'], [true], [() => 1], [Symbol('s')]])(
    'throws for options that are no object: %p',
    (options) => {
      const last = thrown(
        () => new PythonWorkerPool(SCRIPT, 'pid', 1, null, null, options as never),
      );
      expect(last.code).toBe('ERR_INVALID_ARGUMENT');
      const third = thrown(() => new PythonWorkerPool(SCRIPT, 'pid', options as never));
      expect(third.code).toBe('ERR_INVALID_ARGUMENT');
    },
  );

  it('throws for a worker count in the place of the options', () => {
    const error = thrown(() => new PythonWorkerPool(SCRIPT, 'pid', 1, null, null, 5 as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  });
});

describe('workers', () => {
  it('is 1 by default', async () => {
    await withPool(SCRIPT, {}, (pool) => expect(pool.getWorkerCount()).toBe(1));
  });

  it('warns of memory above 8, through the logger', () => {
    const eight = captureLogger();
    newPool(SCRIPT, { workers: 8, logger: eight.logger });
    expect(eight.lines).toEqual([]);
    const nine = captureLogger();
    newPool(SCRIPT, { workers: 9, logger: nine.logger });
    expect(nine.messages('warn')).toEqual([expect.stringMatching(/9 .*memory/)]);
    expect(nine.lines).toHaveLength(1);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, '2', true, 2n])(
    'throws for %p',
    (workers) => {
      for (const error of [
        optionsError({ workers }),
        thrown(() => new PythonWorkerPool(SCRIPT, 'pid', workers as number)),
      ]) {
        expect(error.code).toBe('ERR_INVALID_ARGUMENT');
        expect(error.message).toMatch(/^Invalid worker count: .*\. Must be at least 1\.$/);
      }
    },
  );

  it.each([Number.POSITIVE_INFINITY, 1e9])(
    'throws for %p, more than a machine can run',
    (workers) => {
      const error = optionsError({ workers });
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toContain('Invalid worker count');
    },
  );
});

const NO_TIMES = [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, '100', true, 5n, {}];

describe('timeout', () => {
  const timeoutOf = async (options: PythonWorkerPoolOptions, call?: { timeout?: number | null }) =>
    withPool(ERRORS, options, async (pool) => {
      const error = await rejection(pool.execute('sleep_here', [60], call));
      expect(error.code).toBe('ERR_CALL_TIMEOUT');
      return error.timeout;
    });

  it('bounds every call', async () => {
    await expect(timeoutOf({ timeout: 123 })).resolves.toBe(123);
  });

  it('is overridden by that of a call', async () => {
    await expect(timeoutOf({ timeout: 60_000 }, { timeout: 123 })).resolves.toBe(123);
    await expect(timeoutOf({ timeout: 123 }, { timeout: null })).resolves.toBe(123);
    await expect(timeoutOf({ timeout: 123 }, {})).resolves.toBe(123);
  });

  it('is REQUEST_TIMEOUT_MS from the environment by default', async () => {
    await withEnvironment({ REQUEST_TIMEOUT_MS: '123' }, async () => {
      await expect(timeoutOf({})).resolves.toBe(123);
      await expect(timeoutOf({ timeout: 234 })).resolves.toBe(234);
    });
  });

  it.each([
    ['timeout', 'REQUEST_TIMEOUT_MS'],
    ['startupTimeout', 'PYTHON_WORKER_STARTUP_TIMEOUT'],
  ])('%s is 120 000 ms when %s is not set or is nonsense', async (option, variable) => {
    const { poolOptions } = require('../ts/pool/options.js');
    for (const value of [undefined, '', 'soon', '-5', '0', 'NaN']) {
      await withEnvironment({ [variable]: value }, () => {
        expect(poolOptions()[option]).toBe(120_000);
      });
    }
    await withEnvironment({ [variable]: '2500' }, () => {
      expect(poolOptions()[option]).toBe(2500);
    });
  });

  it.each([2 ** 31, 2 ** 31 + 100, 2 ** 53, 1e300, Number.POSITIVE_INFINITY])(
    'of %p ms does not fire at once',
    async (timeout) => {
      await withPool(ERRORS, { timeout, startupTimeout: timeout }, async (pool) => {
        await expect(pool.execute('sleep_here', [0.2])).resolves.toBeNull();
        await expect(pool.execute('sleep_here', [0.2], { timeout })).resolves.toBeNull();
      });
    },
  );

  it('may be a fraction', async () => {
    const timeout = await timeoutOf({ timeout: 150.5 });
    expect(Math.abs((timeout ?? 0) - 150.5)).toBeLessThan(1);
  });

  it.each(NO_TIMES)('throws for %p', (timeout) => {
    const error = optionsError({ timeout });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid timeout: .*milliseconds above 0/);
  });

  it('throws for a value that has no text, too', () => {
    const error = optionsError({ timeout: Object.create(null) });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid timeout: /);
  });

  it('of a call rejects that call for a bad value, and only that', async () => {
    await withPool(ERRORS, {}, async (pool) => {
      for (const timeout of NO_TIMES) {
        const error = await rejection(pool.execute('pid', [], { timeout: timeout as number }));
        expect(error.code).toBe('ERR_INVALID_ARGUMENT');
        expect(error.message).toMatch(/^Invalid timeout: /);
      }
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
    });
  });
});

describe('startupTimeout', () => {
  it('bounds the import', async () => {
    const error = await rejection(newPool(HANGING_IMPORT, { startupTimeout: 700 }).initialize());
    expect(error).toMatchObject({ code: 'ERR_STARTUP_TIMEOUT', timeout: 700 });
  });

  it('is PYTHON_WORKER_STARTUP_TIMEOUT from the environment by default', async () => {
    await withEnvironment({ PYTHON_WORKER_STARTUP_TIMEOUT: '700' }, async () => {
      const error = await rejection(newPool(HANGING_IMPORT).initialize());
      expect(error).toMatchObject({ code: 'ERR_STARTUP_TIMEOUT', timeout: 700 });
    });
  });

  it('is not that of calls', async () => {
    await withPool(fixture('gated.py'), { startupTimeout: 5000, timeout: 50_000 }, async (pool) => {
      await expect(pool.execute('echo', [1])).resolves.toBe(1);
    });
    await withEnvironment({ TEST_IMPORTS: path.join(tempFolder(), 'imports') }, async () => {
      await withPool(fixture('a_slow_import.py'), { timeout: 400 }, async (pool) => {
        await expect(pool.execute('call_api', ['x'])).resolves.toMatchObject({ prompt: 'x' });
      });
    });
  });

  it('lets a long import say every 10 s where it is', async () => {
    const { logger, messages } = captureLogger();
    const pool = newPool(HANGING_IMPORT, { logger });
    const start = rejection(pool.initialize());
    const warning = await eventually(
      'a warning about the import',
      () => messages('warn').find((line) => line.includes(`still importing ${HANGING_IMPORT}`)),
      20_000,
    );
    expect(warning).toContain('10 s');
    if (process.platform !== 'win32') {
      await eventually('the place in the import', () =>
        messages('warn').find((line) => line.includes('in load_the_model')),
      );
    }
    await pool.shutdown();
    expect(await start).toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });

  it.each(NO_TIMES)('throws for %p', (startupTimeout) => {
    const error = optionsError({ startupTimeout });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid startupTimeout: .*milliseconds above 0/);
  });
});

describe('options of a call', () => {
  it('are refused when they are none, and the call never starts', async () => {
    await withPool(ERRORS, {}, async (pool) => {
      for (const options of [5, 'fast', [], { timout: 5 }]) {
        const error = await rejection(pool.execute('pid', [], options as object));
        expect(error.code).toBe('ERR_INVALID_ARGUMENT');
        expect(error.message).toMatch(/options/);
      }
    });
  });
});

describe('maxCrashes', () => {
  const crashesUntilDead = (options: PythonWorkerPoolOptions) =>
    withPool(ERRORS, options, async (pool) => {
      for (let crashes = 0; ; crashes++) {
        const { code } = await rejection(pool.execute('crash', [1]));
        if (code !== 'ERR_WORKER_CRASHED') {
          expect(code).toBe('ERR_POOL_DEAD');
          return crashes;
        }
      }
    });

  it('is 3 by default', async () => {
    await expect(crashesUntilDead({})).resolves.toBe(3);
  });

  it.each([1, 2, 4])('of %d gives a worker up after so many crashes', async (maxCrashes) => {
    await expect(crashesUntilDead({ maxCrashes })).resolves.toBe(maxCrashes);
  });

  it('delays every restart but the first, and says so', async () => {
    const { logger, messages } = captureLogger();
    await crashesUntilDead({ maxCrashes: 4, logger });
    expect(messages('warn')).toEqual([
      expect.stringMatching(/Worker crashed \(exit code 1\); restarting \(1\/4\)/),
      expect.stringMatching(/Worker crashed \(exit code 1\); restarting in 100 ms \(2\/4\)/),
      expect.stringMatching(/Worker crashed \(exit code 1\); restarting in 200 ms \(3\/4\)/),
    ]);
    expect(messages('error')).toEqual([
      expect.stringMatching(/Worker crashed \(exit code 1\); not restarted/),
    ]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3'])(
    'throws for %p',
    (maxCrashes) => {
      const error = optionsError({ maxCrashes });
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(
        /^Invalid maxCrashes: .*Must be a whole number from 1 to \d+\.$/,
      );
    },
  );
});

describe('maxPayload', () => {
  it('bounds arguments and results, in bytes', async () => {
    await withPool(ERRORS, { maxPayload: 2000 }, async (pool) => {
      // Half as many characters as bytes.
      const text = 'é'.repeat(900);
      await expect(pool.execute('echo', [text])).resolves.toBe(text);
      const error = await rejection(pool.execute('echo', ['é'.repeat(1100)]));
      expect(error).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 2000 });
      await expect(rejection(pool.execute('text_of', [2100]))).resolves.toMatchObject({
        code: 'ERR_PAYLOAD_TOO_LARGE',
        limit: 2000,
      });
    });
  });

  it('counts the JSON text alone, to the byte', async () => {
    const codeOf = (call: Promise<unknown>) =>
      call.then(
        () => 'fits',
        ({ code }) => code,
      );
    await withPool(ERRORS, { maxPayload: 2000 }, async (pool) => {
      // ["xxx"] and "xxx"
      expect(await codeOf(pool.execute('length_of', ['x'.repeat(1996)]))).toBe('fits');
      expect(await codeOf(pool.execute('length_of', ['x'.repeat(1997)]))).toBe(
        'ERR_PAYLOAD_TOO_LARGE',
      );
      expect(await codeOf(pool.execute('text_of', [1998]))).toBe('fits');
      expect(await codeOf(pool.execute('text_of', [1999]))).toBe('ERR_PAYLOAD_TOO_LARGE');
    });
  });

  it('of any size that is accepted does not hinder the start, nor hide an exception', async () => {
    await withPool(ERRORS, { maxPayload: 1 }, async (pool) => {
      const error = await rejection(pool.execute('text_of'));
      expect(error.code).toMatch(/^ERR_(PYTHON_EXCEPTION|PAYLOAD_TOO_LARGE)$/);
    });
    await withPool(ERRORS, { maxPayload: 100 }, async (pool) => {
      const error = await rejection(pool.execute('fail', ['x']));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'ValueError' });
    });
  });

  it('is more than 10 MB by default', async () => {
    const text = 'x'.repeat(10_000_000);
    await withPool(ERRORS, {}, async (pool) => {
      expect((await pool.execute('echo', [text])) === text).toBe(true);
    });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40, '1'])(
    'throws for %p',
    (maxPayload) => {
      const error = optionsError({ maxPayload });
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(
        /^Invalid maxPayload: .*Must be a whole number from 1 to \d+\.$/,
      );
    },
  );
});

describe('logger', () => {
  it('hears of the start, of a crash and of a restart', async () => {
    const { logger, lines } = captureLogger();
    await withPool(ERRORS, { logger }, async (pool) => {
      const first: number = await pool.execute('pid', []);
      await rejection(pool.execute('crash', [9]));
      const second: number = await pool.execute('pid', []);
      const text = lines.map(({ level, message }) => `${level}: ${message}`);
      expect(text).toEqual([
        expect.stringMatching(/^debug: .*python.* \(Python 3\.\d+\.\d+, chosen by .+\)$/),
        `debug: Python worker 0: started as process ${first}`,
        expect.stringMatching(/^debug: Python worker 0: ready after \d+ ms$/),
        expect.stringMatching(/^warn: Python worker 0: Worker crashed \(exit code 9\); restarting/),
        `debug: Python worker 0: started as process ${second}`,
        expect.stringMatching(/^debug: Python worker 0: ready after \d+ ms$/),
      ]);
    });
  });

  it('may lack methods, and may throw', async () => {
    const heard: string[] = [];
    const logger = {
      warn(message: string) {
        heard.push(message);
        throw new Error('the logger is broken');
      },
    };
    await withPool(ERRORS, { logger }, async (pool) => {
      await rejection(pool.execute('crash', [9]));
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
    });
    expect(heard).toHaveLength(1);
  });

  it('may be async, and reject', async () => {
    const outcome = await runNode(
      `const fail = async () => { throw new Error('the logger is broken'); };
       const pool = new PythonWorkerPool(argv[0], 'pid', { logger: { debug: fail, warn: fail } });
       await pool.initialize();
       await pool.execute('crash', [9]).catch((error) => console.log(error.code));
       await pool.shutdown();`,
      [ERRORS],
    );
    expect(outcome).toMatchObject({ code: 0, stdout: 'ERR_WORKER_CRASHED\n', stderr: '' });
  });

  it.each([
    ['text', /^Invalid logger/],
    [5, /^Invalid logger/],
    [{ warn: 5 }, /^Invalid logger\.warn/],
    [{ error: 'text' }, /^Invalid logger\.error/],
  ])('throws for %p', (logger, message) => {
    const error = optionsError({ logger });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('debug, info, warn, error');
  });
});
