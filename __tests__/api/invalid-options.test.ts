/** Invalid arguments: of the constructor, its options, and the options of a call. */

import { type PythonPoolError, PythonWorkerPool, type PythonWorkerPoolOptions } from '../..';
import { fixture, newPool, rejection, thrown, withPool } from '../support';

const SCRIPT = fixture('reports_environment.py');
const CALLED = fixture('waits_at_gate.py');
/** Half of a character, which UTF-8 cannot hold. */
const HALF = '\ud800';
/** Values that are not a duration in milliseconds. */
const NO_TIMES = [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, '100', true, 5n, {}];

/** The error of the constructor for options of the wrong type. */
function optionsError(options: object) {
  return thrown(() => new PythonWorkerPool(SCRIPT, 'pid', options as PythonWorkerPoolOptions));
}

function expectInvalid(error: PythonPoolError, message: string | RegExp): void {
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toMatch(message);
}

describe('constructor', () => {
  it.each([
    ['script', ''],
    ['script', undefined],
    ['script', 5],
    ['script', 'nul\0byte.py'],
    ['script', 'file:///nul%00byte.py'],
    ['script', `half${HALF}.py`],
    ['functionName', ''],
    ['functionName', 'nul\0byte'],
  ])('throws for a bad %s: %j', (name, value) => {
    const [script, functionName] = name === 'script' ? [value, 'pid'] : [SCRIPT, value];
    const error = thrown(
      () => new PythonWorkerPool(script as string, functionName as unknown as string),
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(`Invalid ${name}: `);
  });

  it('throws for an unknown option, and lists the known ones', () => {
    const error = optionsError({ timeOut: 5 });
    expectInvalid(error, '"timeOut"');
    for (const name of ['workers', 'pythonPath', 'timeout', 'startupTimeout', 'logger']) {
      expect(error.message).toContain(name);
    }
  });

  it.each([
    ['timeOut', 'timeout'],
    ['tiemout', 'timeout'],
    ['startup_timeout', 'startupTimeout'],
    ['worker', 'workers'],
    ['pythonpath', 'pythonPath'],
    ['n', undefined],
    ['temperature', undefined],
    ['constructor', undefined],
    ['x'.repeat(100_000), undefined],
  ])('suggests what a misspelt option may stand for: %.20s', (name, meant) => {
    const [, suggested] = /Did you mean (\w+)\?/.exec(optionsError({ [name]: 5 }).message) ?? [];
    expect(suggested).toBe(meant);
  });

  it('says where keyword arguments of a call belong', async () => {
    await withPool(CALLED, {}, async (pool) => {
      const error = await rejection(pool.execute('echo', ['x'], { temperature: 1 } as object));
      expectInvalid(error, /"temperature"\. Arguments .* belong in kwargs: .* The options are /);
      const typo = await rejection(pool.execute('echo', ['x'], { kwarg: {} } as object));
      expectInvalid(typo, /"kwarg"\. Did you mean kwargs\? The options are /);
    });
  });

  it.each([[[]], ['text'], [true], [() => 1], [Symbol('s')], [new Map()], [new Date()]])(
    'throws for options that are not an object: %p',
    (options) => {
      const last = thrown(
        () => new PythonWorkerPool(SCRIPT, 'pid', 1, null, null, options as never),
      );
      expect(last.code).toBe('ERR_INVALID_ARGUMENT');
      const third = thrown(() => new PythonWorkerPool(SCRIPT, 'pid', options as never));
      expect(third.code).toBe('ERR_INVALID_ARGUMENT');
    },
  );

  it.each([
    [{ workers: 1 }, { timeout: 5 }],
    [{ workers: 1 }, 2],
    ['pid', { workers: 1 }, null, null, { timeout: 5 }],
  ])('throws for an argument after the options: %j', (...rest) => {
    const make = () => Reflect.construct(PythonWorkerPool, [SCRIPT, ...rest]);
    expectInvalid(thrown(make), /^Unexpected argument after the options: /);
  });

  it('throws for a number in the place of the options', () => {
    const error = thrown(() => new PythonWorkerPool(SCRIPT, 'pid', 1, null, null, 5 as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  });
});

describe('workers', () => {
  it.each([
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    ['2', '"2"'],
    [true, 'true'],
    [2n, '2n'],
  ])('throws for %p', (workers, shown) => {
    for (const error of [
      optionsError({ workers }),
      thrown(() => new PythonWorkerPool(SCRIPT, 'pid', workers as number)),
    ]) {
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toBe(`Invalid worker count: ${shown}. Must be an integer, at least 1.`);
    }
  });

  it.each([0, -1])('rejects %p from initialize, as promptfoo does', async (workers) => {
    for (const pool of [
      newPool(SCRIPT, { workers }),
      new PythonWorkerPool(SCRIPT, 'pid', workers),
    ]) {
      const error = await rejection(pool.initialize());
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toBe(`Invalid worker count: ${workers}. Must be at least 1.`);
      expect(pool.getWorkerCount()).toBe(0);
      expect((await rejection(pool.execute('pid'))).code).toBe('ERR_NOT_INITIALIZED');
      await pool.shutdown();
    }
  });

  it.each([Number.POSITIVE_INFINITY, 1e9])(
    'throws for %p, more than a machine can run',
    (workers) => {
      expectInvalid(optionsError({ workers }), 'Invalid worker count');
    },
  );
});

describe('timeout', () => {
  it.each(NO_TIMES)('throws for %p', (timeout) => {
    expectInvalid(optionsError({ timeout }), /^Invalid timeout: .*milliseconds above 0/);
  });

  it('throws for a value that cannot be printed, too', () => {
    expectInvalid(optionsError({ timeout: Object.create(null) }), /^Invalid timeout: /);
  });

  it('of a call rejects only that call for a bad value', async () => {
    await withPool(CALLED, {}, async (pool) => {
      for (const timeout of NO_TIMES) {
        expectInvalid(
          await rejection(pool.execute('pid', [], { timeout: timeout as number })),
          /^Invalid timeout: /,
        );
      }
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
    });
  });
});

describe('startupTimeout', () => {
  it.each(NO_TIMES)('throws for %p', (startupTimeout) => {
    expectInvalid(
      optionsError({ startupTimeout }),
      /^Invalid startupTimeout: .*milliseconds above 0/,
    );
  });
});

describe('maxCrashes', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3'])(
    'throws for %p',
    (maxCrashes) => {
      expectInvalid(
        optionsError({ maxCrashes }),
        /^Invalid maxCrashes: .*Must be an integer between 1 and \d+\.$/,
      );
    },
  );
});

describe('maxPayload', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40, '1'])(
    'throws for %p',
    (maxPayload) => {
      expectInvalid(
        optionsError({ maxPayload }),
        /^Invalid maxPayload: .*Must be an integer between 1 and \d+\.$/,
      );
    },
  );
});

describe('maxQueue', () => {
  it.each([[-1], [1.5], [Number.NaN], [Infinity], ['2'], [2 ** 31]])(
    'throws for %p',
    (maxQueue) => {
      expectInvalid(optionsError({ maxQueue }), /^Invalid maxQueue: .*between 0 and 2147483647/);
    },
  );
});

describe('queueTimeout', () => {
  it.each([[0], [-1], [Number.NaN], ['5']])('throws for %p', (queueTimeout) => {
    expectInvalid(
      optionsError({ queueTimeout }),
      /^Invalid queueTimeout: .*milliseconds above 0, or Infinity/,
    );
  });
});

describe('logger', () => {
  it.each([
    [
      'text',
      /^Invalid logger: "text"\. Must be an object with any of the methods debug, info, warn, error\.$/,
    ],
    [5, /^Invalid logger: 5\. Must be an object/],
    [() => {}, /^Invalid logger: .*\. Must be an object/],
    [{ warn: 5 }, /^Invalid logger\.warn: 5\. Must be a function, or absent\.$/],
    [{ error: 'text' }, /^Invalid logger\.error: "text"\. Must be a function/],
  ])('throws for %p', (logger, message) => {
    const error = optionsError({ logger });
    expectInvalid(error, message);
  });
});

describe('pythonPath', () => {
  it.each([[''], [5], [true], ['nul\0byte']])('throws for %j', (pythonPath) => {
    expectInvalid(optionsError({ pythonPath }), /^Invalid pythonPath: /);
  });
});

describe('pythonArgs', () => {
  it.each([['-O'], [5], [[5]], [['-O', '']], [['nul\0byte']], [{ 0: '-O' }]])(
    'throws for %j',
    (pythonArgs) => {
      expectInvalid(optionsError({ pythonArgs }), /^Invalid pythonArgs(\[\d\])?: /);
    },
  );
});

describe('cwd', () => {
  it.each([[''], [5], [{}], ['nul\0byte']])('throws for %j', (cwd) => {
    expectInvalid(optionsError({ cwd }), /^Invalid cwd: /);
  });
});

describe('env', () => {
  it.each([['text'], [5], [[]], [true]])('throws for %p', (env) => {
    expectInvalid(optionsError({ env }), /^Invalid env: /);
  });

  it('throws for a NUL character, which an environment cannot hold', () => {
    expectInvalid(optionsError({ env: { MINE: 'nul\0byte' } }), /^Invalid env\b.*MINE/);
  });
});

describe('options of a call', () => {
  it('are refused if they are invalid, and the call never starts', async () => {
    await withPool(CALLED, {}, async (pool) => {
      const others = [new Map(), new Date(), Promise.resolve(), () => 1, new URL('file:///x')];
      for (const options of [5, 'fast', [], { timout: 5 }, ...others]) {
        expectInvalid(await rejection(pool.execute('pid', [], options as object)), /options/);
      }
    });
  });

  it.each([['text'], [5], [{}], [{ aborted: false }], [new AbortController()]])(
    'throw for an invalid signal: %p',
    async (signal) => {
      await withPool(CALLED, {}, async (pool) => {
        expectInvalid(
          await rejection(pool.execute('echo', [1], { signal: signal as unknown as AbortSignal })),
          /^Invalid signal: .*Must be an AbortSignal\.$/s,
        );
      });
    },
  );

  it('are refused if they are a signal, and the error says where it belongs', async () => {
    const { signal } = new AbortController();
    const own = { aborted: false, addEventListener() {}, removeEventListener() {} };
    await withPool(CALLED, {}, async (pool) => {
      for (const given of [signal, AbortSignal.timeout(60_000), AbortSignal.abort(), own]) {
        const error = await rejection(pool.execute('pid', [], given as object));
        expectInvalid(error, 'Invalid options: an AbortSignal. Pass it as { signal }.');
      }
    });
  });

  it('throw for an interrupt that is neither true nor false', async () => {
    await withPool(CALLED, {}, async (pool) => {
      const options = { interrupt: 'no' as unknown as boolean };
      const error = await rejection(pool.execute('echo', [1], options));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toBe('Invalid interrupt: "no". Must be true or false.');
    });
  });
});

describe('half of a surrogate pair', () => {
  it.each([
    ['pythonPath', HALF],
    ['cwd', `/tmp/${HALF}`],
    ['pythonArgs', ['-X', HALF]],
    ['env', { A: HALF }],
    ['env', { [HALF]: 'a' }],
    ['extraEnv', { A: HALF }],
    ['extraEnv', { [HALF]: 'a' }],
  ])('throws in %s: %j', (name, value) => {
    expectInvalid(optionsError({ [name]: value }), new RegExp(`^Invalid ${name}`));
  });

  it('throws in the name of a module', () => {
    const error = thrown(() => new PythonWorkerPool({ module: `a.${HALF}` }));
    expectInvalid(error, 'Invalid script.module: "a.\\ud800". Must not contain a lone surrogate');
  });

  it('is no function, and rejects where a function makes it a variable', async () => {
    await withPool(CALLED, {}, async (pool) => {
      expect((await rejection(pool.execute(`echo${HALF}`))).code).toBe('ERR_FUNCTION_NOT_FOUND');
    });
    const pool = newPool(SCRIPT, { extraEnv: () => ({ A: `a${HALF}` }) });
    expectInvalid(await rejection(pool.initialize()), 'Invalid extraEnv of worker 0: "A"');
  });

  it('arrives in arguments, and in the names of keyword arguments', async () => {
    await withPool(fixture('takes_keywords.py'), {}, async (pool) => {
      const kwargs = { [HALF]: HALF, [`${HALF}long`]: HALF.repeat(3000) };
      const received = await pool.execute('everything', [HALF], { kwargs });
      expect(received).toEqual([[HALF], kwargs]);
    });
  });
});
