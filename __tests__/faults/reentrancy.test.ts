/** JavaScript that asks the pool for something while the pool is at work: from hooks, getters and loggers. */

import type { PythonWorkerPool } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  newPool,
  newWorker,
  rejection,
  runNode,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('shows_arguments.py');
const PRINTS = `
import sys

def f(x=None):
    print("a line", file=sys.stderr)
    return x
`;

/** Everything a pool can be asked, at once. */
const askAll = `
  const askAll = (pool) => {
    pool.getWorkerCount();
    const signal = AbortSignal.timeout(60000);
    for (const promise of [pool.initialize(), pool.execute('f', [1]), pool.execute('f', [1], { signal })]) {
      promise.catch(() => {});
    }
  };`;

describe('a hook of async_hooks may ask the pool anything', () => {
  it.each(['init', 'before', 'after', 'promiseResolve'])('in %s', async (hook) => {
    const { code, stdout, stderr } = await runNode(
      `${askAll}
       const pool = new PythonWorkerPool(argv[0], 'f', { logger: {} });
       await pool.initialize();
       let isBusy = false;
       let count = 0;
       const hooks = require('node:async_hooks').createHook({
         [argv[1]]() {
           if (isBusy || count === 200) return;
           isBusy = true;
           count += 1;
           askAll(pool);
           isBusy = false;
         },
       });
       hooks.enable();
       const values = await Promise.all([1, 2, 3].map((value) => pool.execute('f', [value])));
       await pool.initialize();
       await pool.shutdown();
       await pool.initialize();
       values.push(await pool.execute('f', [4]));
       hooks.disable();
       await pool.shutdown();
       console.log(values.join(), count > 0);`,
      [writeScript(PRINTS), hook],
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '1,2,3,4 true\n', stderr: '' });
  });

  it('also to shut down', async () => {
    const { code, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'f', { logger: {} });
       let isDone = false;
       require('node:async_hooks').createHook({
         promiseResolve() {
           if (!isDone) { isDone = true; pool.shutdown(); pool.initialize().catch(() => {}); pool.shutdown(); }
         },
       }).enable();
       await pool.initialize().catch(() => {});
       await pool.shutdown();`,
      [writeScript(PRINTS)],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('a getter or a toJSON among the arguments may', () => {
  it('make calls, whose arguments do not mix', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const inner: Promise<unknown>[] = [];
      const args = [
        {
          get key(): number {
            inner.push(pool.execute('echo', ['inner', Buffer.from([2])]));
            return 1;
          },
        },
        Buffer.from([1]),
      ];
      expect(await pool.execute('echo', args)).toEqual([{ key: 1 }, Buffer.from([1])]);
      for (const one of inner) {
        expect(await one).toEqual(['inner', Buffer.from([2])]);
      }
      expect(inner.length).toBeGreaterThan(0);
    });
  });

  it('shut the pool down: the call is refused', async () => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    let closed: Promise<void> | undefined;
    const toJSON = (): number => {
      closed = pool.shutdown();
      return 1;
    };
    expect((await rejection(pool.execute('echo', [{ toJSON }]))).code).toBe('ERR_POOL_CLOSED');
    await closed;
  });

  it('abort the signal of the call: it is not made', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const controller = new AbortController();
      const toJSON = () => controller.abort();
      const call = pool.execute('echo', [{ toJSON }], { signal: controller.signal });
      expect((await rejection(call)).code).toBe('ABORT_ERR');
    });
  });
});

describe('a logger may', () => {
  it('make calls, count workers and throw', async () => {
    const values: Promise<unknown>[] = [];
    const pool: PythonWorkerPool = newPool(writeScript(PRINTS), {
      logger: {
        warn() {
          if (values.length < 3) {
            values.push(pool.execute('f', [pool.getWorkerCount()]));
          }
          throw new Error('from the logger');
        },
      },
    });
    await pool.initialize();
    expect(await pool.execute('f', [0])).toBe(0);
    await eventually('three calls of the logger', () => values.length === 3);
    expect(await Promise.all(values)).toEqual([1, 1, 1]);
  });

  it('shut the pool down, and start it again', async () => {
    let again: Promise<void> | undefined;
    const { logger, lines } = captureLogger();
    const pool: PythonWorkerPool = newPool(writeScript(PRINTS), {
      logger: {
        ...logger,
        warn(message) {
          lines.push({ level: 'warn', message } as (typeof lines)[number]);
          again ??= pool.shutdown().then(() => pool.initialize());
        },
      },
    });
    await pool.initialize();
    await pool.execute('f', [0]).catch(() => {});
    await eventually('a line', () => again !== undefined);
    await again;
    expect(await pool.execute('f', [1])).toBe(1);
  });
});

it('onReady may call the worker and shut it down', async () => {
  const values: unknown[] = [];
  let closed: Promise<void> | undefined;
  const worker = newWorker(
    SCRIPT,
    'echo',
    null,
    null,
    () => {
      const value = worker.call('echo', [1]);
      closed = value.then((one) => values.push(one)).then(() => worker.shutdown());
    },
    { logger: {} },
  );
  await worker.initialize();
  await eventually('the call of onReady', () => closed !== undefined);
  await closed;
  expect(values).toEqual([[1]]);
});
