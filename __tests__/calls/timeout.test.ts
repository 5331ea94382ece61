/** Calls that take too long, and replies that come at the very moment of their timeout. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PythonPoolError, PythonWorkerPool } from '../..';
import {
  eventually,
  fixture,
  isAlive,
  rejection,
  tempFolder,
  withPool,
  withStack,
} from '../support';

const SCRIPT = fixture('hangs.py');

// On Windows there is no interrupt, and Python can not tell where it is.
const onUnix = process.platform === 'win32' ? it.skip : it;

const TIMEOUT = 300;
/** Long before the two seconds are over in which an interrupt may be obeyed. */
const ON_TIME = TIMEOUT + 1000;

/** Runs a call that hangs, with another one in the queue behind it. */
async function hang(pool: PythonWorkerPool, functionName: string): Promise<PythonPoolError> {
  const worker: number = await pool.execute('pid');
  const start = performance.now();
  const call = rejection(pool.execute(functionName, [], { timeout: TIMEOUT }));
  const queued: Promise<number> = pool.execute('pid');
  const error = await call;
  const took = performance.now() - start;
  expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', timeout: TIMEOUT });
  expect(error.message).toBe(`Python worker timed out after ${TIMEOUT}ms`);
  // Timers of both sides round.
  expect(took).toBeGreaterThan(TIMEOUT - 2);
  expect(took).toBeLessThan(ON_TIME);
  const successor = await queued;
  expect(successor).not.toBe(worker);
  // Two copies of a model never meet.
  expect(isAlive(worker)).toBe(false);
  expect(isAlive(successor)).toBe(true);
  return error;
}

describe('a call that hangs is rejected on time, and its worker replaced:', () => {
  it.each([
    ['sleep', /hangs\.py", line \d+ in sleep\n$/],
    ['loop', /hangs\.py", line \d+ in loop\n$/],
    ['hold_the_gil', /hangs\.py", line \d+ in hold_the_gil\n$/],
    ['match_in_vain', /hangs\.py", line \d+ in match_in_vain\n(.*re.*\n)*$/],
    ['ignore_signals', /hangs\.py", line \d+ in ignore_signals\n$/],
    ['swallow', /hangs\.py", line \d+ in swallow\n$/],
    ['block_the_loop', /hangs\.py", line \d+ in block_the_loop\n$/],
    // Of a coroutine that waits there is no frame: the loop waits for it.
    ['sleep_async', /in run_forever\n(.*\n)*.* in select\n$/],
    // All threads.
    ['wait_for_a_thread', /line \d+ in sleep\n(.*\n)*.*line \d+ in wait_for_a_thread\n/],
  ])('%s', async (functionName, stack) => {
    await withPool(SCRIPT, {}, async (pool) => {
      const error = await withStack(() => hang(pool, functionName));
      if (process.platform !== 'win32') {
        expect(error.pythonStack).toMatch(stack);
      }
      for (let call = 0; call < 3; call++) {
        expect(await pool.execute('echo', [call])).toBe(call);
      }
    });
  });

  onUnix('and its `finally` blocks run', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const trace = path.join(tempFolder(), 'trace');
      await pool.execute('sleep_and_clean_up', [trace], { timeout: TIMEOUT }).catch(() => {});
      await eventually('the cleaning', () => existsSync(`${trace}.cleaned`));
    });
  });
});

describe('a reply that races its timeout', () => {
  const CALLS = 60;

  it('gives one outcome, which is of that call', async () => {
    await withPool(SCRIPT, { workers: 2 }, async (pool) => {
      const outcomes = { replies: 0, timeouts: 0 };
      let timeout = 20;
      /** Moves the timeout towards the moment of the reply, whatever the machine is busy with. */
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
        // What was late is not taken for the reply to another call.
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
