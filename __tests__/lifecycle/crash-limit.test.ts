/** `maxCrashes`: how often a worker is restarted, and pools whose workers were all given up. */

import type { PythonPoolError, PythonWorkerPoolOptions } from '../..';
import {
  captureLogger,
  fixture,
  importsOf,
  isAlive,
  newPool,
  RECORDS_IMPORTS,
  rejection,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('fails_every_way.py');
const GATED = fixture('waits_at_gate.py');

/** A script that records its imports, and crashes on demand. */
const CRASHING = `${RECORDS_IMPORTS}def crash():
    os._exit(3)


def echo(value):
    return value
`;

describe('maxCrashes', () => {
  const crashesUntilDead = (options: PythonWorkerPoolOptions) =>
    withPool(SCRIPT, options, async (pool) => {
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

  it.each([1, 2, 4])('of %d gives up a worker after so many crashes', async (maxCrashes) => {
    await expect(crashesUntilDead({ maxCrashes })).resolves.toBe(maxCrashes);
  });

  it('delays every restart but the first, and logs it', async () => {
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
});

describe('a script that crashes on every call', () => {
  it.each([
    [1, 3],
    [2, 3],
    [3, 2],
  ])('is given up for good: %d workers, %d crashes of each', async (workers, maxCrashes) => {
    const script = writeScript(CRASHING);
    const { logger, messages } = captureLogger();
    const pool = newPool(script, { workers, maxCrashes, logger });
    await pool.initialize();
    const starts = workers * maxCrashes;
    const calls = Array.from({ length: starts + 5 }, () => rejection(pool.execute('crash')));
    const errors = await Promise.all(calls);
    const late = await rejection(pool.execute('echo', [1]));

    // Only the calls that a worker had.
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
    const script = writeScript(CRASHING);
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

describe('ERR_POOL_DEAD', () => {
  it('follows three crashes in a row, for queued and for new calls', async () => {
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
          `All 1 Python worker(s) for ${SCRIPT} crashed and could not be restarted\n` +
            'Last crash: Worker crashed (exit code 3)\n' +
            'Fix the cause, then call initialize() to start the workers again.',
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

  it('follows when every worker was given up, not before', async () => {
    await withPool(SCRIPT, { workers: 2, maxCrashes: 1 }, async (pool) => {
      await rejection(pool.execute('crash', [1]));
      await expect(pool.execute('echo', ['one is left'])).resolves.toBe('one is left');
      await rejection(pool.execute('crash', [2]));
      const error = await rejection(pool.execute('echo', [3]));
      expect(error.code).toBe('ERR_POOL_DEAD');
      expect(error.message).toMatch(/^All 2 Python worker\(s\) for .* could not be restarted\n/);
      expect(error.lastCrash).toMatchObject({ exitCode: 2 });
    });
  });

  it('does not follow crashes with good calls between them', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      for (let round = 0; round < 5; round++) {
        const error = await rejection(pool.execute('crash', [1]));
        expect(error.code).toBe('ERR_WORKER_CRASHED');
        await expect(pool.execute('echo', [round])).resolves.toBe(round);
      }
    });
  });

  it('does not follow crashes with exceptions between them: they are replies', async () => {
    await withPool(SCRIPT, { maxCrashes: 2 }, async (pool) => {
      for (let round = 0; round < 3; round++) {
        await rejection(pool.execute('crash', [1]));
        const error = await rejection(pool.execute('fail', ['reply']));
        expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
      }
    });
  });
});

describe('a dead pool', () => {
  it('can be shut down, then initialized again', async () => {
    const pool = newPool(GATED, { maxCrashes: 1 });
    await pool.initialize();
    await rejection(pool.execute('crash'));
    expect((await rejection(pool.execute('echo', [1]))).code).toBe('ERR_POOL_DEAD');
    await pool.shutdown();
    await pool.initialize();
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('can be initialized again without a shutdown', async () => {
    const pool = newPool(GATED, { maxCrashes: 1, workers: 2 });
    await pool.initialize();
    const codes = await Promise.all(
      ['crash', 'crash', 'echo'].map(async (name) => (await rejection(pool.execute(name))).code),
    );
    expect(codes).toEqual(['ERR_WORKER_CRASHED', 'ERR_WORKER_CRASHED', 'ERR_POOL_DEAD']);
    await Promise.all([pool.initialize(), pool.initialize()]);
    expect(pool.getWorkerCount()).toBe(2);
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });
});
