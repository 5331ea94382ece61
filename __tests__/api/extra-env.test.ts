/** Variables that are added to the environment of workers. */

import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  fixture,
  gate,
  newPool,
  newWorker,
  rejection,
  runHost,
  thrown,
  withEnvironment,
  withPool,
} from '../support';

const SCRIPT = fixture('reports_environment.py');
const INDEX = 'PYTHON_WORKER_INDEX';

/** A variable of each worker, all of which are busy meanwhile. */
async function inEachWorker(pool: PythonWorkerPool, workers: number, variable: string) {
  const door = gate();
  const calls = Array.from({ length: workers }, () =>
    pool.execute<string>('variable_at_gate', [door.path, variable]),
  );
  await door.reached(workers);
  door.open();
  return (await Promise.all(calls)).sort();
}

describe('extraEnv', () => {
  it('adds variables to the environment, in the place of those of that name', async () => {
    await withEnvironment({ HOSTS: 'yes', BOTH: 'host' }, () =>
      withPool(
        SCRIPT,
        { extraEnv: { BOTH: 'extra', MINE: '1', NONE: undefined } },
        async (pool) => {
          const variables = await pool.execute('environment');
          expect(variables).toMatchObject({ HOSTS: 'yes', BOTH: 'extra', MINE: '1' });
          expect(variables).not.toHaveProperty('NONE');
        },
      ),
    );
  });

  it('adds them to env, too', async () => {
    const { PATH } = process.env;
    await withPool(SCRIPT, { env: { PATH, A: 'a' }, extraEnv: { B: 'b' } }, async (pool) => {
      await expect(pool.execute('environment')).resolves.toMatchObject({ A: 'a', B: 'b' });
    });
  });

  it('is called for each worker, and its successor has the same variables', async () => {
    const seen: object[] = [];
    const extraEnv = (worker: { index: number; workers: number }) => {
      seen.push(worker);
      return { DEVICE: `cuda:${worker.index}` };
    };
    await withPool(SCRIPT, { workers: 3, extraEnv }, async (pool) => {
      expect(seen).toEqual([0, 1, 2].map((index) => ({ index, workers: 3 })));
      const devices = ['cuda:0', 'cuda:1', 'cuda:2'];
      expect(await inEachWorker(pool, 3, 'DEVICE')).toEqual(devices);
      expect((await rejection(pool.execute('crash'))).code).toBe('ERR_WORKER_CRASHED');
      expect(await inEachWorker(pool, 3, 'DEVICE')).toEqual(devices);
      expect(seen).toHaveLength(3);
    });
  });

  it('is called in the realm and at the time of initialize', async () => {
    let device = 'first';
    const pool = newPool(SCRIPT, { extraEnv: () => ({ DEVICE: device }) });
    device = 'second';
    await pool.initialize();
    await expect(pool.execute('variable', ['DEVICE'])).resolves.toBe('second');
  });

  it.each([['text'], [5], [[]], [new Map()], [{ '': 'x' }], [{ 'A=B': 'x' }], [{ A: 'x\0y' }]])(
    'throws for %p, and rejects if a function returns it',
    async (variables) => {
      const options = { extraEnv: variables } as unknown as PythonWorkerPoolOptions;
      const error = thrown(() => newPool(SCRIPT, options));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(/^Invalid extraEnv: /);
      const pool = newPool(SCRIPT, { extraEnv: () => variables as never });
      const later = await rejection(pool.initialize());
      expect(later.code).toBe('ERR_INVALID_ARGUMENT');
      expect(later.message).toMatch(/^Invalid extraEnv of worker 0: /);
    },
  );

  it('of another type is refused with both forms that it may have', () => {
    const error = thrown(() => newPool(SCRIPT, { extraEnv: 5 as never }));
    expect(error.message).toBe(
      'Invalid extraEnv: 5. Must be an object of strings, or a function that returns one.',
    );
  });

  it('that throws, or returns a promise, rejects initialize', async () => {
    const cause = new Error('no device');
    const throwing = newPool(SCRIPT, {
      extraEnv: () => {
        throw cause;
      },
    });
    const error = await rejection(throwing.initialize());
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause });
    expect(error.message).toBe('extraEnv threw for worker 0: Error: no device');
    const promising = newPool(SCRIPT, { extraEnv: (async () => ({})) as never });
    expect((await rejection(promising.initialize())).code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('that returns a promise does not end Node.js with its rejection', async () => {
    const { code, stdout, stderr } = await runHost('rejects-extra-env.cjs', SCRIPT);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'settled "ERR_INVALID_ARGUMENT"\n',
      stderr: '',
    });
  });
});

describe(INDEX, () => {
  it('tells each worker its index', async () => {
    await withEnvironment({ [INDEX]: 'of another pool' }, () =>
      withPool(SCRIPT, { workers: 2 }, async (pool) => {
        expect(await inEachWorker(pool, 2, INDEX)).toEqual(['0', '1']);
      }),
    );
  });

  it('is set in a PythonWorker', async () => {
    const worker = newWorker(SCRIPT, 'variable', null, null, null, { logger: {} });
    await worker.initialize();
    await expect(worker.call(null, [INDEX])).resolves.toBe('0');
  });
});
