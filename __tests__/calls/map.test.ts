/** Many calls in order: `map(name, calls, options)`. How it ends early: `map-end.test.ts`. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { PythonWorkerPool } from '../..';
import {
  countUp,
  drained,
  fixture,
  gate,
  newPool,
  rejection,
  runNode,
  startingPool,
  thrown,
  watched,
  watchedLater,
  withPool,
} from '../support';

const STEPS = fixture('runs_steps.py');
const GATED = fixture('waits_at_gate.py');
const KEYWORDS = fixture('takes_keywords.py');

const KINDS = [
  ['synchronous', watched],
  ['asynchronous', watchedLater],
] as const;

const inTwoWorkers = (body: (pool: PythonWorkerPool) => Promise<void>) =>
  withPool(STEPS, { workers: 2 }, body);

describe('the results of map', () => {
  it('come in the order of the calls, however long each takes', async () => {
    await withPool(STEPS, { workers: 3 }, async (pool) => {
      const calls = Array.from({ length: 90 }, (_, index) => ['sleep', Math.random() * 20, index]);
      const { values } = await drained(pool.map('run', calls));
      expect(values).toEqual(calls.map((_, index) => index));
    });
  });

  it('come while later calls are running', async () => {
    await inTwoWorkers(async (pool) => {
      const door = gate();
      const results = pool.map('run', [
        ['echo', 'first'],
        ['wait', door.path, 'last'],
      ]);
      expect(await results.next()).toEqual({ value: 'first', done: false });
      door.open();
      expect(await results.next()).toEqual({ value: 'last', done: false });
      expect(await results.next()).toEqual({ value: undefined, done: true });
      expect(await results.next()).toEqual({ value: undefined, done: true });
    });
  });

  it('may be asked for many times at once', async () => {
    await inTwoWorkers(async (pool) => {
      const results = pool.map('run', [
        ['sleep', 30, 'a'],
        ['echo', 'b'],
        ['sleep', 10, 'c'],
      ]);
      const steps = await Promise.all(Array.from({ length: 5 }, () => results.next()));
      expect(steps.map(({ value }) => value)).toEqual(['a', 'b', 'c', undefined, undefined]);
      expect(steps.map(({ done }) => done)).toEqual([false, false, false, true, true]);
    });
  });

  it('are those of the default function if it names none', async () => {
    const pool = newPool(GATED, {}, 'echo');
    await pool.initialize();
    for (const name of [null, undefined]) {
      expect(await drained(pool.map(name, [['a'], ['b']]))).toEqual({ values: ['a', 'b'] });
    }
  });

  it('wait for a pool that is starting', async () => {
    const { pool, start, open } = await startingPool();
    const step = pool.map('pid', [[]]).next();
    open();
    await start;
    expect((await step).done).toBe(false);
  });
});

describe('the calls of map', () => {
  it('come from any iterable', async () => {
    await withPool(GATED, { workers: 2 }, async (pool) => {
      const lists = [['a'], ['b'], ['c']];
      for (const calls of [
        lists,
        new Set(lists),
        watched(lists).source,
        watchedLater(lists).source,
        { [Symbol.asyncIterator]: () => watchedLater(lists).source[Symbol.asyncIterator]() },
      ]) {
        expect(await drained(pool.map('echo', calls))).toEqual({ values: ['a', 'b', 'c'] });
      }
    });
  });

  it('may be none', async () => {
    await withPool(GATED, {}, async (pool) => {
      for (const calls of [[], watched([]).source, watchedLater<[]>([]).source]) {
        expect(await drained(pool.map('echo', calls))).toEqual({ values: [] });
      }
    });
  });

  it('may be endless', async () => {
    await withPool(GATED, { workers: 2 }, async (pool) => {
      const values: unknown[] = [];
      for await (const value of pool.map('echo', countUp())) {
        values.push(value);
        if (values.length === 500) {
          break;
        }
      }
      expect(values).toEqual(values.map((_, index) => index));
    });
  });

  it('are made at the first next(), not before', async () => {
    await withPool(GATED, {}, async (pool) => {
      const { source, uses } = watched([[1]]);
      const results = pool.map('echo', source);
      expect(await pool.execute('echo', [0])).toBe(0);
      expect(uses.read).toBe(0);
      expect(await drained(results)).toEqual({ values: [1] });
    });
  });

  it('have the options that are given, each of them', async () => {
    await withPool(KEYWORDS, { workers: 2 }, async (pool) => {
      const kwargs = { n: 2 };
      const results = pool.map('scale', [[1], [2], [3]], { kwargs, inFlight: 2, retries: 1 });
      kwargs.n = 5;
      expect(await drained(results)).toEqual({ values: [2, 4, 6] });
    });
    await inTwoWorkers(async (pool) => {
      const never = gate();
      const calls = [
        ['echo', 1],
        ['wait', never.path],
      ];
      const { values, error } = await drained(pool.map('run', calls, { timeout: 100 }));
      expect(values).toEqual([1]);
      expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', timeout: 100, function: 'run' });
    });
  });

  it('that are 100 000 take no more memory than a few', async () => {
    // The results of all of them would take several times as much as this Node.js may use.
    const { code, stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'numbers', { workers: 2, logger: {} });
       await pool.initialize();
       const calls = function* () { for (let i = 0; i < 100_000; i++) yield [100]; };
       let count = 0;
       for await (const numbers of pool.map('numbers', calls())) count += numbers.length / 100;
       await pool.shutdown();
       console.log(count);`,
      [STEPS],
      { env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=32' } },
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '100000\n', stderr: '' });
  }, 120_000);
});

describe('the source of map is read', () => {
  it.each(KINDS)(
    'at most inFlight items ahead of the results that were taken, if it is %s',
    async (_, from) => {
      await withPool(GATED, { workers: 2 }, async (pool) => {
        const { source, uses } = from(countUp());
        const results = pool.map('echo', source, { inFlight: 3 });
        for (let taken = 0; taken < 200; taken++) {
          expect(await results.next()).toEqual({ value: taken, done: false });
          // Another call: those before it have come, too.
          await pool.execute('echo', ['other']);
          expect(uses.read).toBeGreaterThan(taken);
          expect(uses.read).toBeLessThanOrEqual(taken + 1 + 3);
        }
        await results.return?.();
      });
    },
  );

  it('by default as far ahead as keeps all workers busy', async () => {
    await withPool(STEPS, { workers: 2 }, async (pool) => {
      const door = gate();
      const { source, uses } = watched(
        (function* () {
          for (;;) yield ['wait', door.path];
        })(),
      );
      const results = pool.map('run', source);
      const first = results.next();
      await door.reached(2);
      // Slow calls: more would only wait.
      expect(uses.read).toBe(4);
      door.open();
      await first;
      for (let taken = 1; taken < 300; taken++) {
        await results.next();
        expect(uses.read).toBeLessThanOrEqual(taken + 1 + 2 * 32);
      }
      await results.return?.();
    });
  });

  it('ahead while a slow call holds the others back, but not without a bound', async () => {
    await withPool(STEPS, { workers: 2 }, async (pool) => {
      const door = gate();
      const { source, uses } = watched(
        (function* () {
          yield ['wait', door.path, 'first'];
          for (;;) yield ['echo', 'other'];
        })(),
      );
      const results = pool.map('run', source);
      const first = results.next();
      await door.reached();
      await pool.execute('run', ['echo', 1]);
      while (uses.read < 64) {
        await pool.execute('run', ['echo', 1]);
      }
      await pool.execute('run', ['echo', 1]);
      expect(uses.read).toBe(64);
      door.open();
      expect(await first).toEqual({ value: 'first', done: false });
      await results.return?.();
    });
  });

  it('so slowly by default that no call waits in the queue', async () => {
    await withPool(STEPS, { workers: 2, queueTimeout: 700 }, async (pool) => {
      const calls = Array.from({ length: 6 }, () => ['sleep', 900, 'done']);
      const { values, error } = await drained(pool.map('run', calls));
      expect(error).toBeUndefined();
      expect(values).toHaveLength(6);
    });
    await withPool(GATED, { workers: 2, maxQueue: 0 }, async (pool) => {
      const calls = Array.from({ length: 500 }, (_, index) => [index]);
      const { values, error } = await drained(pool.map('echo', calls));
      expect(error).toBeUndefined();
      expect(values).toHaveLength(500);
    });
  });

  it('in the asynchronous context of the first next()', async () => {
    await withPool(GATED, {}, async (pool) => {
      const storage = new AsyncLocalStorage<string>();
      const contexts = new Set<string | undefined>();
      function* calls() {
        for (let index = 0; index < 100; index++) {
          contexts.add(storage.getStore());
          yield [index];
        }
      }
      await storage.run('mine', () => drained(pool.map('echo', calls(), { inFlight: 2 })));
      expect([...contexts]).toEqual(['mine']);
    });
  });
});

describe('a source of map that throws', () => {
  it.each(KINDS)(
    'ends it with its error, after the results of its items, if it is %s',
    async (_, from) => {
      await inTwoWorkers(async (pool) => {
        const mine = new Error('mine');
        const { source } = from(
          (function* () {
            yield ['sleep', 50, 'a'];
            yield ['echo', 'b'];
            throw mine;
          })(),
        );
        const { values, error } = await drained(pool.map('run', source));
        expect(values).toEqual(['a', 'b']);
        expect(error).toBe(mine);
      });
    },
  );

  it('when it is opened does so, too', async () => {
    await withPool(GATED, {}, async (pool) => {
      const mine = new Error('mine');
      const open = (): never => {
        throw mine;
      };
      expect(await drained(pool.map('echo', { [Symbol.iterator]: open }))).toEqual({
        values: [],
        error: mine,
      });
    });
  });

  it('when it is closed rejects return(), and is silent after another error', async () => {
    await withPool(STEPS, {}, async (pool) => {
      const mine = new Error('mine');
      function* closing() {
        try {
          yield ['echo', 1];
          yield ['fail', 'first'];
          yield ['echo', 3];
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: what this is for
          throw mine;
        }
      }
      const loop = async () => {
        // One at a time: the source is not at its end when it is left.
        for await (const _ of pool.map('run', closing(), { inFlight: 1 })) break;
      };
      expect(await rejection(loop())).toBe(mine);
      const { error } = await drained(pool.map('run', closing()));
      expect(error).toMatchObject({ pythonMessage: 'first' });
    });
  });
});

describe('a source of map with a broken iterator', () => {
  const step = { value: ['a'], done: false };

  it.each([
    [
      'that is none',
      () => 5,
      /^Invalid calls: \[Symbol\.\w+\]\(\) returned 5\. Must be an iterator\.$/,
    ],
    ['that is missing', () => null, /^Invalid calls: \[Symbol\.\w+\]\(\) returned null\. /],
    [
      'without next',
      () => ({}),
      /^Invalid calls: next of its iterator is undefined\. Must be a function\.$/,
    ],
    [
      'whose next is no function',
      () => ({ next: step }),
      /^Invalid calls: next of its iterator is {/,
    ],
    [
      'whose next returns nothing',
      () => ({ next: () => undefined }),
      /^Invalid calls: next\(\) of its iterator returned undefined\. Must be an object such as /,
    ],
    ['whose next returns a value', () => ({ next: () => 'a' }), /returned "a"\. /],
  ])('%s fails with ERR_INVALID_ARGUMENT', async (_, open, message) => {
    await withPool(GATED, {}, async (pool) => {
      for (const symbol of [Symbol.iterator, Symbol.asyncIterator]) {
        const results = pool.map('echo', { [symbol]: open } as never);
        const { values, error } = await drained(results);
        expect(values).toEqual([]);
        expect(error).toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringMatching(message),
          function: 'echo',
          script: GATED,
        });
        expect(await results.next()).toEqual({ value: undefined, done: true });
      }
    });
  });

  it('that breaks later fails after the results before', async () => {
    await withPool(GATED, {}, async (pool) => {
      for (const symbol of [Symbol.iterator, Symbol.asyncIterator]) {
        const steps = [step, step];
        const calls = { [symbol]: () => ({ next: () => steps.shift() }) };
        const { values, error } = await drained(pool.map('echo', calls as never));
        expect(values).toEqual(['a', 'a']);
        expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      }
    });
  });

  it('whose return is no function fails when it is left', async () => {
    await withPool(GATED, {}, async (pool) => {
      for (const symbol of [Symbol.iterator, Symbol.asyncIterator]) {
        const calls = { [symbol]: () => ({ next: () => step, return: 5 }) };
        const results = pool.map('echo', calls as never);
        expect(await results.next()).toEqual({ value: 'a', done: false });
        const error = await rejection(results.return?.() as Promise<unknown>);
        expect(error).toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
          function: 'echo',
          script: GATED,
        });
        expect(error.message).toBe(
          'Invalid calls: return of its iterator is 5. Must be a function, or absent.',
        );
      }
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });
});

describe('an invalid argument of map', () => {
  const pool = new PythonWorkerPool(GATED, 'echo');
  const map = (calls: unknown, options?: unknown) =>
    pool.map('echo', calls as never, options as never);

  it.each([
    ['calls of a number', () => map(5), /^Invalid calls: 5\. Must be an array or another iterable/],
    ['calls of a text', () => map('ab'), /^Invalid calls: "ab"\. /],
    ['no calls', () => map(null), /^Invalid calls: null\. /],
    ['calls of an object', () => map({}), /^Invalid calls: {}\. /],
    ['an empty name', () => pool.map('', []), /^Invalid functionName: ""\. /],
    ['inFlight of 0', () => map([], { inFlight: 0 }), /^Invalid inFlight: 0\. Must be an integer /],
    ['half a call', () => map([], { inFlight: 1.5 }), /^Invalid inFlight: 1\.5\. /],
    ['no limit', () => map([], { inFlight: Infinity }), /^Invalid inFlight: Infinity\. /],
    ['another option', () => map([], { timeout: -1 }), /^Invalid timeout: -1\. /],
    ['a typo', () => map([], { inflight: 3 }), /Did you mean inFlight\? /],
    ['a signal', () => map([], new AbortController().signal), /Pass it as { signal }\.$/],
  ])('is thrown at once: %s', (_, action, message) => {
    const error = thrown(action);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', script: GATED });
    expect(error.message).toMatch(message);
    expect(error.stack).not.toContain('dist');
  });

  it('is a name that is missing, where there is no default function', () => {
    const other = new PythonWorkerPool(GATED);
    expect(thrown(() => other.map(null, [])).message).toMatch(/^The call names no function/);
  });

  it('is inFlight in another call', async () => {
    const error = await rejection(pool.execute('echo', [], { inFlight: 3 } as never));
    expect(error.message).toMatch(/^Unknown option: "inFlight"\. /);
  });
});
