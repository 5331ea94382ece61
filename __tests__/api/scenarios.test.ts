/** The basic promises of a pool and a worker, with a short test for each: start reading here. */

import {
  captureLogger,
  fixture,
  gate,
  isAlive,
  linesOf,
  newWorker,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
} from '../support';

const SCRIPT = fixture('counts_calls.py');

interface Counted {
  number: number;
  pid: number;
}

it('a worker becomes ready', async () => {
  const worker = newWorker(SCRIPT, 'echo');
  expect(worker.isReady()).toBe(false);
  await worker.initialize();
  expect(worker.isReady()).toBe(true);
});

it('a call returns its value', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const value = { text: 'hello', list: [1, 2.5, true, null], nested: { empty: {} } };
    await expect(pool.execute('echo', [value])).resolves.toStrictEqual(value);
  });
});

it('later calls reuse the same process', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const first: number = await pool.execute('pid', []);
    expect(isAlive(first)).toBe(true);
    expect(first).not.toBe(process.pid);
    await expect(pool.execute('pid', [])).resolves.toBe(first);
    await expect(pool.execute('pid', [])).resolves.toBe(first);
  });
});

it('a pool of 2 reports 2 workers', async () => {
  await withPool(SCRIPT, { workers: 2 }, (pool) => {
    expect(pool.getWorkerCount()).toBe(2);
  });
});

it('one worker counts 1, 2, 3', async () => {
  await withPool(SCRIPT, { workers: 1 }, async (pool) => {
    await expect(pool.execute('count', [])).resolves.toBe(1);
    await expect(pool.execute('count', [])).resolves.toBe(2);
    await expect(pool.execute('count', [])).resolves.toBe(3);
  });
});

it('two workers share four calls: each counts to 2', async () => {
  await withPool(SCRIPT, { workers: 2 }, async (pool) => {
    const [first, second] = [gate(), gate()];
    const calls = [first, first, second, second].map(
      ({ path }): Promise<Counted> => pool.execute('count_and_wait', [path]),
    );
    expect(new Set(await first.reached(2)).size).toBe(2);
    expect(second.waiters()).toEqual([]);
    first.open();
    // Each worker holds one of the last two calls, so neither can run both.
    await second.reached(2);
    second.open();
    const counted = await Promise.all(calls);
    expect(counted.map(({ number }) => number)).toEqual([1, 1, 2, 2]);
    expect(new Set(counted.map(({ pid }) => pid)).size).toBe(2);
  });
});

it('one worker with three calls at once runs them in order', async () => {
  await withPool(SCRIPT, { workers: 1 }, async (pool) => {
    const door = gate();
    const finished: string[] = [];
    const note = (name: string, call: Promise<unknown>) => call.then(() => finished.push(name));
    const calls = [
      note('first', pool.execute('count_and_wait', [door.path])),
      note('second', pool.execute('echo', [2])),
      note('third', pool.execute('echo', [3])),
    ];
    await door.reached();
    expect(finished).toEqual([]);
    door.open();
    await Promise.all(calls);
    expect(finished).toEqual(['first', 'second', 'third']);
  });
});

it('an import that takes 500 ms is paid for once: later calls are fast and see the same load_time', async () => {
  const imports = `${tempFolder()}/imports`;
  await withEnvironment({ TEST_IMPORTS: imports }, async () => {
    const start = performance.now();
    await withPool(fixture('imports_slowly.py'), {}, async (pool) => {
      expect(performance.now() - start).toBeGreaterThanOrEqual(500);
      const { load_time } = await pool.execute('call_api', ['first']);
      const before = performance.now();
      for (let index = 0; index < 20; index++) {
        await expect(pool.execute('call_api', [`prompt ${index}`])).resolves.toEqual({
          prompt: `prompt ${index}`,
          load_time,
        });
      }
      // Half of what 20 imports would take.
      expect(performance.now() - before).toBeLessThan(5000);
      expect(linesOf(imports)).toHaveLength(1);
    });
  });
});

it('Unicode survives the round trip', async () => {
  const text =
    'Ünïcödé: 你好世界, 日本語, 한국어, Привет, مرحبا, 👋🏽👨‍👩‍👧‍👦, ∑∂√, \u0000\u2028\u{10FFFF}';
  await withPool(SCRIPT, {}, async (pool) => {
    await expect(pool.execute('echo', [{ [text]: [text] }])).resolves.toStrictEqual({
      [text]: [text],
    });
  });
});

it('an async function is awaited', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    await expect(pool.execute('add', [2, 3])).resolves.toBe(5);
    await expect(pool.execute('add', ['a', 'b'])).resolves.toBe('ab');
  });
});

it('the same worker serves the next call after an error', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const pid: number = await pool.execute('pid', []);
    const error = await rejection(pool.execute('fail', ['no luck']));
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'no luck' });
    await expect(pool.execute('echo', ['still here'])).resolves.toBe('still here');
    await expect(pool.execute('pid', [])).resolves.toBe(pid);
  });
});

it('4 workers run 4 calls in parallel', async () => {
  await withPool(SCRIPT, { workers: 4 }, async (pool) => {
    const door = gate();
    const calls = [1, 2, 3, 4].map(() => pool.execute('count_and_wait', [door.path]));
    expect(new Set(await door.reached(4)).size).toBe(4);
    door.open();
    const counted: Counted[] = await Promise.all(calls);
    expect(counted.map(({ number }) => number)).toEqual([1, 1, 1, 1]);
  });
});

it('a script may print while it is imported and while it is called', async () => {
  const { logger, messages } = captureLogger();
  await withPool(fixture('prints_in_import_and_call.py'), { logger }, async (pool) => {
    await expect(pool.execute('call_api', ['one'])).resolves.toBe('quiet one');
    await expect(pool.execute('call_api', ['two'])).resolves.toBe('quiet two');
  });
  // Nothing is missing: a pool reads all output of its workers before its shutdown resolves.
  expect(messages('info')).toEqual([
    'noise of the import',
    '{"type": "result", "value": "a forged reply"}',
    'noise of one',
    'half a line', // of one call; the next begins its own
    'noise of two',
    'half a line',
  ]);
  expect(messages('warn')).toEqual([
    'noise of the import on stderr',
    'noise of one on stderr',
    'noise of two on stderr',
  ]);
});

it('shutdown leaves no process', async () => {
  let pids: number[] = [];
  await withPool(SCRIPT, { workers: 3 }, async (pool) => {
    const door = gate();
    const calls = [1, 2, 3].map(() => pool.execute('count_and_wait', [door.path]));
    pids = await door.reached(3);
    door.open();
    await Promise.all(calls);
    expect(pids.filter(isAlive)).toHaveLength(3);
  });
  expect(pids.filter(isAlive)).toEqual([]);
});

it('a worker that dies is replaced', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const pid: number = await pool.execute('pid', []);
    const error = await rejection(pool.execute('crash', []));
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode: 3 });
    const successor: number = await pool.execute('pid', []);
    expect(successor).not.toBe(pid);
    expect(isAlive(successor)).toBe(true);
    expect(isAlive(pid)).toBe(false);
    expect(pool.getWorkerCount()).toBe(1);
  });
});
