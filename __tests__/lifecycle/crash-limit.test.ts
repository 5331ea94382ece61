/** Workers that crash: how often they are restarted, and what becomes of the calls. */

import type { PythonPoolError } from '../..';
import {
  captureLogger,
  isAlive,
  linesOf,
  newPool,
  rejection,
  withPool,
  writeScript,
} from '../support';

/** A script that leaves a line for each process that has imported it. */
const SCRIPT = `
import os

with open(__file__ + ".pids", "a") as pids:
    pids.write(f"{os.getpid()}\\n")


def crash():
    os._exit(3)


def echo(value):
    return value
`;

const importsOf = (script: string) => linesOf(`${script}.pids`).map(Number);

describe('a script that crashes on every call', () => {
  it.each([
    [1, 3],
    [2, 3],
    [3, 2],
  ])('is given up for good: %d workers, %d crashes of each', async (workers, maxCrashes) => {
    const script = writeScript(SCRIPT);
    const { logger, messages } = captureLogger();
    const pool = newPool(script, { workers, maxCrashes, logger });
    await pool.initialize();
    const starts = workers * maxCrashes;
    const calls = Array.from({ length: starts + 5 }, () => rejection(pool.execute('crash')));
    const errors = await Promise.all(calls);
    const late = await rejection(pool.execute('echo', [1]));

    // The calls that a worker had, and nobody else's.
    const crashed = errors.filter(({ code }) => code === 'ERR_WORKER_CRASHED');
    expect(crashed).toHaveLength(starts);
    const refused = [...errors.filter((error) => !crashed.includes(error)), late];
    expect(refused).toHaveLength(6);
    for (const error of refused) {
      expect(error.code).toBe('ERR_POOL_DEAD');
      expect(error.message).toContain(script);
      expect(error.lastCrash).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 3 });
    }
    const pids = importsOf(script);
    expect(pids).toHaveLength(starts);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(messages('error')).toHaveLength(workers);
    await pool.shutdown();
    expect(importsOf(script)).toHaveLength(starts);
  });
});

describe('three crashes among 10 000 good calls', () => {
  const GOOD = 10_000;
  const CRASHES_BEFORE = [2500, 2501, 9000];

  it('leave the pool healthy', async () => {
    const script = writeScript(SCRIPT);
    await withPool(script, {}, async (pool) => {
      const values: Promise<number>[] = [];
      const crashes: Promise<PythonPoolError>[] = [];
      for (let index = 0; index < GOOD; index++) {
        if (CRASHES_BEFORE.includes(index)) {
          crashes.push(rejection(pool.execute('crash')));
        }
        values.push(pool.execute('echo', [index]));
      }
      expect(await Promise.all(values)).toEqual(values.map((_, index) => index));
      const codes = (await Promise.all(crashes)).map(({ code }) => code);
      expect(codes).toEqual(CRASHES_BEFORE.map(() => 'ERR_WORKER_CRASHED'));
      const pids = importsOf(script);
      expect(pids).toHaveLength(1 + CRASHES_BEFORE.length);
      expect(pids.filter(isAlive)).toHaveLength(1);
    });
  });
});
