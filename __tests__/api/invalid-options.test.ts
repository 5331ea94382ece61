/** What is refused: arguments of the constructor, its options, and the options of a call. */

import { PythonWorkerPool, type PythonWorkerPoolOptions } from '../..';
import { fixture, rejection, thrown, withPool } from '../support';

const SCRIPT = fixture('reports_environment.py');
const CALLED = fixture('waits_at_gate.py');
/** Values that are no time in milliseconds. */
const NO_TIMES = [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, '100', true, 5n, {}];

/** What a constructor throws for options that are not of their type. */
function optionsError(options: object) {
  return thrown(() => new PythonWorkerPool(SCRIPT, 'pid', options as PythonWorkerPoolOptions));
}

describe('constructor', () => {
  it.each([
    ['script', ''],
    ['script', undefined],
    ['script', 5],
    ['script', 'nul\0byte.py'],
    ['functionName', ''],
  ])('throws for a bad %s: %j', (name, value) => {
    const [script, functionName] = name === 'script' ? [value, 'pid'] : [SCRIPT, value];
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
  it.each([0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, '2', true, 2n])(
    'throws for %p',
    (workers) => {
      for (const error of [
        optionsError({ workers }),
        thrown(() => new PythonWorkerPool(SCRIPT, 'pid', workers as number)),
      ]) {
        expect(error.code).toBe('ERR_INVALID_ARGUMENT');
        expect(error.message).toMatch(/^Invalid worker count: .*\. Must be at least 1\.$/);
        if (typeof workers === 'number') {
          expect(error.message).toBe(`Invalid worker count: ${workers}. Must be at least 1.`);
        }
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

describe('timeout', () => {
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
    await withPool(CALLED, {}, async (pool) => {
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
  it.each(NO_TIMES)('throws for %p', (startupTimeout) => {
    const error = optionsError({ startupTimeout });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid startupTimeout: .*milliseconds above 0/);
  });
});

describe('maxCrashes', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3'])(
    'throws for %p',
    (maxCrashes) => {
      const error = optionsError({ maxCrashes });
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(
        /^Invalid maxCrashes: .*Must be an integer between 1 and \d+\.$/,
      );
    },
  );
});

describe('maxPayload', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40, '1'])(
    'throws for %p',
    (maxPayload) => {
      const error = optionsError({ maxPayload });
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(
        /^Invalid maxPayload: .*Must be an integer between 1 and \d+\.$/,
      );
    },
  );
});

describe('maxQueue', () => {
  it.each([[-1], [1.5], [Number.NaN], [Infinity], ['2'], [2 ** 31]])(
    'throws for %p',
    (maxQueue) => {
      const error = optionsError({ maxQueue });
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(/^Invalid maxQueue: .*between 0 and 2147483647/);
    },
  );
});

describe('queueTimeout', () => {
  it.each([[0], [-1], [Number.NaN], ['5']])('throws for %p', (queueTimeout) => {
    const error = optionsError({ queueTimeout });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid queueTimeout: .*milliseconds above 0, or Infinity/);
  });
});

describe('logger', () => {
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

describe('pythonPath', () => {
  it.each([[''], [5], [true], ['nul\0byte']])('throws for %j', (pythonPath) => {
    const error = optionsError({ pythonPath });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid pythonPath: /);
  });
});

describe('pythonArgs', () => {
  it.each([['-O'], [5], [[5]], [['-O', '']], [['nul\0byte']], [{ 0: '-O' }]])(
    'throws for %j',
    (pythonArgs) => {
      const error = optionsError({ pythonArgs });
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(/^Invalid pythonArgs(\[\d\])?: /);
    },
  );
});

describe('cwd', () => {
  it.each([[''], [5], [{}], ['nul\0byte']])('throws for %j', (cwd) => {
    const error = optionsError({ cwd });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid cwd: /);
  });
});

describe('env', () => {
  it.each([['text'], [5], [[]], [true]])('throws for %p', (env) => {
    const error = optionsError({ env });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid env: /);
  });

  it('throws for a NUL character, which no environment can hold', () => {
    const error = optionsError({ env: { MINE: 'nul\0byte' } });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid env\b.*MINE/);
  });
});

describe('options of a call', () => {
  it('are refused when they are none, and the call never starts', async () => {
    await withPool(CALLED, {}, async (pool) => {
      for (const options of [5, 'fast', [], { timout: 5 }]) {
        const error = await rejection(pool.execute('pid', [], options as object));
        expect(error.code).toBe('ERR_INVALID_ARGUMENT');
        expect(error.message).toMatch(/options/);
      }
    });
  });

  it.each([['text'], [5], [{}], [{ aborted: false }], [new AbortController()]])(
    'a signal that is none throws: %p',
    async (signal) => {
      await withPool(CALLED, {}, async (pool) => {
        const error = await rejection(
          pool.execute('echo', [1], { signal: signal as unknown as AbortSignal }),
        );
        expect(error.code).toBe('ERR_INVALID_ARGUMENT');
        expect(error.message).toMatch(/^Invalid signal: .*Must be an AbortSignal\.$/s);
      });
    },
  );

  it('an interrupt that is neither true nor false throws', async () => {
    await withPool(CALLED, {}, async (pool) => {
      const options = { interrupt: 'no' as unknown as boolean };
      const error = await rejection(pool.execute('echo', [1], options));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toBe('Invalid interrupt: "no". Must be true or false.');
    });
  });
});
