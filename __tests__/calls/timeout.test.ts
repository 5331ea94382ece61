/** Timeouts of the pool and of a call, calls that resist them, and replies that race them. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PythonPoolError, PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import { poolSettings } from '../../ts/pool/pool-options';
import {
  captureLogger,
  eventually,
  fixture,
  gate,
  isAlive,
  newPool,
  onUnix,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
  withStack,
} from '../support';

const SCRIPT = fixture('fails_every_way.py');
const HANGS = fixture('hangs.py');

const TIMEOUT = 300;
/** Long before the end of the two seconds in which a call may obey an interrupt. */
const MAX_DURATION = TIMEOUT + 1000;

/** Runs a call that hangs, with another call queued behind it. The worker of a plain function is replaced. */
async function hang(
  pool: PythonWorkerPool,
  functionName: string,
  isAsync = false,
): Promise<PythonPoolError> {
  const worker: number = await pool.execute('pid');
  const start = performance.now();
  const call = rejection(pool.execute(functionName, [], { timeout: TIMEOUT }));
  const queued: Promise<number> = pool.execute('pid');
  const error = await call;
  const took = performance.now() - start;
  expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', timeout: TIMEOUT });
  expect(error.message).toBe(`Python worker timed out after ${TIMEOUT}ms`);
  // Both sides round their timers.
  expect(took).toBeGreaterThan(TIMEOUT - 2);
  expect(took).toBeLessThan(MAX_DURATION);
  const successor = await queued;
  expect(successor === worker).toBe(isAsync);
  // A worker is gone before its successor loads the same model.
  expect(isAlive(worker)).toBe(isAsync);
  expect(isAlive(successor)).toBe(true);
  return error;
}

describe('timeout', () => {
  const timeoutOf = async (options: PythonWorkerPoolOptions, call?: { timeout?: number | null }) =>
    withPool(SCRIPT, options, async (pool) => {
      const error = await rejection(pool.execute('sleep_here', [60], call));
      expect(error.code).toBe('ERR_CALL_TIMEOUT');
      return error.timeout;
    });

  it('bounds every call', async () => {
    await expect(timeoutOf({ timeout: 123 })).resolves.toBe(123);
  });

  it('is overridden by the timeout of a call', async () => {
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
  ] as const)('%s is 120 000 ms if %s is unset or invalid', async (option, variable) => {
    for (const value of [undefined, '', 'soon', '-5', '0', 'NaN']) {
      await withEnvironment({ [variable]: value }, () => {
        expect(poolSettings({}, null)[option]).toBe(120_000);
      });
    }
    await withEnvironment({ [variable]: '2500' }, () => {
      expect(poolSettings({}, null)[option]).toBe(2500);
    });
  });

  it.each([
    ['timeout', 'REQUEST_TIMEOUT_MS'],
    ['startupTimeout', 'PYTHON_WORKER_STARTUP_TIMEOUT'],
  ] as const)('%s has a warning if %s is invalid and needed', async (option, variable) => {
    const warnings = (options = {}) => {
      const { logger, messages } = captureLogger();
      newPool(SCRIPT, { logger, ...options });
      return messages('warn');
    };
    for (const value of ['1s', '0', '-5']) {
      await withEnvironment({ [variable]: value }, () => {
        expect(warnings()).toEqual([
          `The environment variable ${variable} is ignored: "${value}" is not a number of milliseconds above 0.`,
        ]);
        expect(warnings({ [option]: 5000 })).toEqual([]);
      });
    }
    for (const value of [undefined, '', '2500']) {
      await withEnvironment({ [variable]: value }, () => {
        expect(warnings()).toEqual([]);
      });
    }
  });

  it.each([2 ** 31, 2 ** 31 + 100, 2 ** 53, 1e300, Number.POSITIVE_INFINITY])(
    'of %p ms does not fire at once',
    async (timeout) => {
      await withPool(SCRIPT, { timeout, startupTimeout: timeout }, async (pool) => {
        await expect(pool.execute('sleep_here', [0.2])).resolves.toBeNull();
        await expect(pool.execute('sleep_here', [0.2], { timeout })).resolves.toBeNull();
      });
    },
  );

  it('may be a fraction', async () => {
    const timeout = await timeoutOf({ timeout: 150.5 });
    expect(Math.abs((timeout ?? 0) - 150.5)).toBeLessThan(1);
  });
});

describe('ERR_CALL_TIMEOUT', () => {
  it('says where Python was, and replaces the worker', async () => {
    await withPool(SCRIPT, { timeout: 300 }, async (pool) => {
      const pid = await pool.execute('pid', []);
      const error = await withStack(() => rejection(pool.execute('sleep_here', [600])));
      expect(error.code).toBe('ERR_CALL_TIMEOUT');
      expect(error.message).toBe('Python worker timed out after 300ms');
      expect(error.timeout).toBe(300);
      if (process.platform !== 'win32') {
        expect(error.pythonStack).toMatch(/fails_every_way\.py", line \d+ in sleep_here\n$/);
        expect(error.pythonStack).not.toContain('_python_worker_pool');
      }
      await expect(pool.execute('pid', [], { timeout: Infinity })).resolves.not.toBe(pid);
      expect(isAlive(pid)).toBe(false);
    });
  });

  it('is not a crash: it does not count against the restarts', async () => {
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
      // Longer than the timeout of the queued call.
      await new Promise((resolve) => setTimeout(resolve, 2300));
      door.open();
      await first;
      await expect(queued).resolves.toBe('patient');
    });
  });
});

describe('a call that hangs is rejected on time, and its worker is replaced:', () => {
  it.each([
    ['sleep', /hangs\.py", line \d+ in sleep\n$/],
    ['loop', /hangs\.py", line \d+ in loop\n$/],
    ['hold_the_gil', /hangs\.py", line \d+ in hold_the_gil\n$/],
    ['match_in_vain', /hangs\.py", line \d+ in match_in_vain\n(.*re.*\n)*$/],
    ['ignore_signals', /hangs\.py", line \d+ in ignore_signals\n$/],
    ['swallow', /hangs\.py", line \d+ in swallow\n$/],
    // Not the stack of that thread.
    ['wait_for_a_thread', /^.*:\n.*hangs\.py", line \d+ in wait_for_a_thread\n(.*threading.*\n)+$/],
  ])('%s', async (functionName, stack) => {
    await withPool(HANGS, {}, async (pool) => {
      const error = await withStack(() => hang(pool, functionName));
      if (process.platform !== 'win32') {
        expect(error.pythonStack).toMatch(stack);
      }
      for (let call = 0; call < 3; call++) {
        expect(await pool.execute('echo', [call])).toBe(call);
      }
    });
  });

  it.each([
    ['block_the_loop', /hangs\.py", line \d+ in block_the_loop\n$/],
    ['sleep_async', /hangs\.py", line \d+, in sleep_async\n(.*\n)*.* in sleep\n/],
  ])('except that of an async function, which keeps it: %s', async (functionName, stack) => {
    await withPool(HANGS, {}, async (pool) => {
      const error = await hang(pool, functionName, true);
      if (process.platform !== 'win32') {
        expect(error.pythonStack).toMatch(stack);
      }
    });
  });

  onUnix.it('its `finally` blocks run', async () => {
    await withPool(HANGS, {}, async (pool) => {
      const trace = path.join(tempFolder(), 'trace');
      await pool.execute('sleep_and_clean_up', [trace], { timeout: TIMEOUT }).catch(() => {});
      await eventually('the cleaning', () => existsSync(`${trace}.cleaned`));
    });
  });
});

describe('a reply that races its timeout', () => {
  const CALLS = 60;

  it('gives one outcome, that of its own call', async () => {
    await withPool(HANGS, { workers: 2 }, async (pool) => {
      const outcomes = { replies: 0, timeouts: 0 };
      let timeout = 20;
      /** Moves the timeout towards the moment of the reply, however busy the machine is. */
      const race = async (call: number) => {
        const value = { call };
        try {
          expect(await pool.execute('return_after', [0.01, value], { timeout })).toEqual(value);
          outcomes.replies += 1;
          timeout = Math.max(1, timeout - 1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
          outcomes.timeouts += 1;
          timeout += 1;
        }
        // A late reply is not taken for the reply to another call.
        expect(await pool.execute('echo', [value])).toEqual(value);
      };
      for (let call = 0; call < CALLS; call += 3) {
        await Promise.all([race(call), race(call + 1), race(call + 2)]);
      }
      expect(outcomes.replies + outcomes.timeouts).toBe(CALLS);
      expect(outcomes.replies).toBeGreaterThan(0);
      expect(outcomes.timeouts).toBeGreaterThan(0);
    });
  });
});
