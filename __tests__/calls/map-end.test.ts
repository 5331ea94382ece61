/** How `map` ends: at the first call that fails, when its loop is left, or when its signal is aborted. */

import { setTimeout as pause } from 'node:timers/promises';
import type { PythonPoolError, PythonWorkerPool } from '../..';
import {
  allGone,
  countedSignal,
  countUp,
  drained,
  eventually,
  fixture,
  gate,
  newPool,
  rejection,
  watched,
  watchedLater,
  withPool,
} from '../support';

const STEPS = fixture('runs_steps.py');
const GATED = fixture('waits_at_gate.py');

const inTwoWorkers = (body: (pool: PythonWorkerPool) => Promise<void>) =>
  withPool(STEPS, { workers: 2 }, body);

/** Each worker's pid. */
async function pidsOf(pool: PythonWorkerPool): Promise<number[]> {
  const pids = new Set<number>();
  while (pids.size < pool.getWorkerCount()) {
    const calls = Array.from({ length: 4 }, () => pool.execute('pid'));
    for (const pid of await Promise.all(calls)) {
      pids.add(pid);
    }
  }
  return [...pids];
}

async function works(pool: PythonWorkerPool): Promise<void> {
  const calls = [1, 2, 3].map((number) => ['echo', number]);
  expect(await drained(pool.map('run', calls))).toEqual({ values: [1, 2, 3] });
}

describe('a call of map that fails', () => {
  it('ends it after the results before that call, and aborts the calls behind', async () => {
    await withPool(STEPS, { workers: 3 }, async (pool) => {
      const [door, failing, never] = [gate(), gate(), gate()];
      const { source, uses } = watched([
        ['wait', door.path, 'slow'],
        ['fail', 'no', failing.path],
        ['wait', never.path],
        ['echo', 'not made'],
      ]);
      const results = pool.map('run', source, { inFlight: 3 });
      const first = results.next();
      const second = rejection(results.next());
      const [pid] = await never.reached();
      failing.open();
      await allGone([pid]);
      expect(uses).toEqual({ read: 3, isClosed: true });
      door.open();
      expect(await first).toEqual({ value: 'slow', done: false });
      expect(await second).toMatchObject({
        code: 'ERR_PYTHON_EXCEPTION',
        pythonMessage: 'no',
        function: 'run',
        script: STEPS,
      });
      expect(await results.next()).toEqual({ value: undefined, done: true });
      await works(pool);
    });
  });

  it('gives way to one before it that fails later', async () => {
    await inTwoWorkers(async (pool) => {
      const door = gate();
      const { source, uses } = watched([
        ['fail', 'the first', door.path],
        ['fail', 'the second'],
        ['echo', 'third'],
      ]);
      const step = rejection(pool.map('run', source, { inFlight: 2 }).next());
      await eventually('the failure of the second', () => uses.isClosed);
      door.open();
      expect(await step).toMatchObject({ pythonMessage: 'the first' });
      await works(pool);
    });
  });

  it('does not reach a result that has been delivered', async () => {
    await inTwoWorkers(async (pool) => {
      const results = pool.map('run', [
        ['echo', 1],
        ['fail', 'later'],
      ]);
      const steps = [results.next(), results.next(), results.next()];
      expect(await steps[0]).toEqual({ value: 1, done: false });
      expect((await rejection(steps[1])).code).toBe('ERR_PYTHON_EXCEPTION');
      expect(await steps[2]).toEqual({ value: undefined, done: true });
    });
  });

  it.each([
    ['an item that is no array', 'b', /^Invalid calls\[1\]: "b"\. Must be an array of arguments/],
    ['nothing', undefined, /^Invalid calls\[1\]: undefined\. /],
    [
      'arguments that cannot be sent',
      [
        {
          toJSON: () => {
            throw new Error('no');
          },
        },
      ],
      /args\[0\]/,
    ],
  ])('may be %s', async (_, item, message) => {
    await withPool(GATED, {}, async (pool) => {
      const { source, uses } = watched([['a'], item as never, ['c']]);
      const { values, error } = await drained(pool.map('echo', source));
      expect(values).toEqual(['a']);
      expect((error as Error).message).toMatch(message);
      expect(error).toMatchObject({ function: 'echo', script: GATED });
      expect(uses.isClosed).toBe(true);
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('is reported when the source is closed', async () => {
    await inTwoWorkers(async (pool) => {
      const door = gate();
      let isClosed = false;
      async function* calls() {
        try {
          yield ['fail', 'no', door.path];
          yield ['wait', door.path];
          yield ['echo', 'not made'];
        } finally {
          await pause(50);
          isClosed = true;
        }
      }
      const step = rejection(pool.map('run', calls(), { inFlight: 2 }).next());
      await door.reached(2);
      door.open();
      expect((await step).pythonMessage).toBe('no');
      expect(isClosed).toBe(true);
    });
  });

  it('may be the first, of a pool that was not initialized', async () => {
    const { source, uses } = watched(countUp());
    const { values, error } = await drained(newPool(GATED).map('echo', source));
    expect({ values, code: (error as PythonPoolError).code }).toEqual({
      values: [],
      code: 'ERR_NOT_INITIALIZED',
    });
    expect(uses.isClosed).toBe(true);
  });
});

describe('a loop over map that is left', () => {
  it.each([true, false])(
    'closes the source and aborts the calls that are left: interrupt %p',
    async (interrupt) => {
      await inTwoWorkers(async (pool) => {
        const door = gate();
        const { source, uses } = watched([
          ['echo', 1],
          ['wait', door.path],
          ['echo', 3],
        ]);
        for await (const value of pool.map('run', source, { inFlight: 2, interrupt })) {
          expect(value).toBe(1);
          await door.reached();
          break;
        }
        expect(uses).toEqual({ read: 3, isClosed: true });
        const [pid] = door.waiters();
        if (interrupt) {
          await allGone([pid]);
        }
        door.open();
        expect((await pidsOf(pool)).includes(pid)).toBe(!interrupt);
        await works(pool);
      });
    },
  );

  it('by an exception does so, too', async () => {
    await inTwoWorkers(async (pool) => {
      const { source, uses } = watchedLater(
        (function* () {
          for (;;) yield ['echo', 1];
        })(),
      );
      const mine = new Error('mine');
      const loop = async () => {
        for await (const _ of pool.map('run', source)) throw mine;
      };
      expect(await rejection(loop())).toBe(mine);
      await works(pool);
      expect(uses.isClosed).toBe(true);
    });
  });

  it('does not wait for a source that is being read', async () => {
    await withPool(GATED, {}, async (pool) => {
      let isClosed = false;
      const calls = {
        sent: false,
        [Symbol.asyncIterator]() {
          return this;
        },
        next(): Promise<IteratorResult<[number]>> {
          const isFirst = !this.sent;
          this.sent = true;
          return isFirst ? Promise.resolve({ value: [1], done: false }) : new Promise(() => {});
        },
        async return(): Promise<IteratorResult<[number]>> {
          isClosed = true;
          return new Promise(() => {});
        },
      };
      for await (const value of pool.map('echo', calls)) {
        expect(value).toBe(1);
        break;
      }
      expect(isClosed).toBe(true);
    });
  });

  it('before its first result never opens the source', async () => {
    await withPool(GATED, {}, async (pool) => {
      const { source, uses } = watched(countUp());
      const results = pool.map('echo', source);
      expect(await results.return?.('value')).toEqual({ value: 'value', done: true });
      expect(await results.next()).toEqual({ value: undefined, done: true });
      expect(uses.read).toBe(0);
    });
  });

  it('ends the calls of next() that wait', async () => {
    await withPool(STEPS, {}, async (pool) => {
      const never = gate();
      const results = pool.map('run', [['wait', never.path]]);
      const steps = [results.next(), results.next()];
      await never.reached();
      await results.return?.();
      for (const step of steps) {
        expect(await step).toEqual({ value: undefined, done: true });
      }
    });
  });

  it('by the source itself, or by its arguments, closes it, too', async () => {
    await withPool(GATED, {}, async (pool) => {
      let results: AsyncIterableIterator<unknown>;
      let isClosed = false;
      function* calls() {
        try {
          yield [1];
          void results.return?.();
          yield [2];
        } finally {
          isClosed = true;
        }
      }
      results = pool.map('echo', calls(), { inFlight: 1 });
      expect(await drained(results)).toEqual({ values: [1] });
      expect(isClosed).toBe(true);
      const { source, uses } = watched([[{ toJSON: () => void results.return?.() }]]);
      results = pool.map('echo', source);
      expect(await drained(results)).toEqual({ values: [] });
      expect(uses.isClosed).toBe(true);
      // Behind the call that was just made.
      await pool.execute('echo', [1]);
      expect(await results.next()).toEqual({ value: undefined, done: true });
    });
  });

  it('takes an error with it that nobody has asked for', async () => {
    await inTwoWorkers(async (pool) => {
      const { source, uses } = watched([
        ['echo', 1],
        ['fail', 'no'],
        ['echo', 3],
      ]);
      const results = pool.map('run', source, { inFlight: 2 });
      await results.next();
      await eventually('the failure', () => uses.isClosed);
      await results.return?.();
      expect(await results.next()).toEqual({ value: undefined, done: true });
    });
  });
});

describe('the signal of map', () => {
  it('aborted before keeps its calls from Python, and the source closed', async () => {
    await withPool(GATED, {}, async (pool) => {
      const { source, uses } = watched(countUp());
      const { values, error } = await drained(
        pool.map('echo', source, { signal: AbortSignal.abort('no need') }),
      );
      expect(values).toEqual([]);
      expect(error).toMatchObject({ code: 'ABORT_ERR', cause: 'no need', started: false });
      expect(uses.read).toBe(0);
    });
  });

  it('ends it at once, with the error of the first call that is aborted', async () => {
    await inTwoWorkers(async (pool) => {
      const never = gate();
      const { controller, signal, counts } = countedSignal();
      const { source, uses } = watched([
        ['echo', 1],
        ['wait', never.path],
        ['wait', never.path],
      ]);
      const results = pool.map('run', source, { signal, inFlight: 3 });
      expect((await results.next()).value).toBe(1);
      const step = rejection(results.next());
      const pids = await never.reached(2);
      controller.abort('enough');
      const error = await step;
      expect(error).toMatchObject({
        name: 'AbortError',
        code: 'ABORT_ERR',
        cause: 'enough',
        started: true,
        function: 'run',
      });
      expect(pids).toContain(error.worker?.pid);
      expect(await results.next()).toEqual({ value: undefined, done: true });
      expect(uses.isClosed).toBe(true);
      expect(counts).toEqual({ added: 1, left: 0 });
      await allGone(pids);
      await works(pool);
    });
  });

  it('drops results that wait', async () => {
    await withPool(GATED, {}, async (pool) => {
      const controller = new AbortController();
      const results = pool.map('echo', countUp(), { signal: controller.signal, inFlight: 5 });
      await results.next();
      await pool.execute('echo', ['others have come']);
      controller.abort();
      const error = await rejection(results.next());
      expect(error).toMatchObject({ code: 'ABORT_ERR', started: true });
    });
  });

  it('ends it while the source is awaited', async () => {
    await withPool(GATED, {}, async (pool) => {
      const controller = new AbortController();
      const calls = {
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
      };
      const step = rejection(pool.map('echo', calls, { signal: controller.signal }).next());
      controller.abort('enough');
      expect(await step).toMatchObject({ code: 'ABORT_ERR', cause: 'enough', started: false });
    });
  });

  it('lets calls that have started finish with interrupt: false', async () => {
    await inTwoWorkers(async (pool) => {
      const pids = await pidsOf(pool);
      const door = gate();
      const controller = new AbortController();
      const calls = ['a', 'b', 'c', 'd'].map((result) => ['wait', door.path, result]);
      const all = drained(
        pool.map('run', calls, { signal: controller.signal, interrupt: false, inFlight: 4 }),
      );
      await door.reached(2);
      controller.abort('enough');
      door.open();
      const { values, error } = await all;
      expect(values).toEqual(['a', 'b']);
      expect(error).toMatchObject({ code: 'ABORT_ERR', cause: 'enough', started: false });
      expect((await pidsOf(pool)).sort()).toEqual(pids.sort());
    });
  });

  it('aborted after the last call does not change the outcome', async () => {
    await withPool(GATED, {}, async (pool) => {
      const { controller, signal, counts } = countedSignal();
      const results = pool.map('echo', [[1]], { signal });
      await results.next();
      controller.abort();
      expect(await results.next()).toEqual({ value: undefined, done: true });
      expect(counts).toEqual({ added: 1, left: 0 });
    });
  });

  it('aborted by the arguments of a call ends it as well', async () => {
    await withPool(GATED, {}, async (pool) => {
      const controller = new AbortController();
      const calls = [[{ toJSON: () => controller.abort('mine') }], [2]];
      const { values, error } = await drained(
        pool.map('echo', calls, { signal: controller.signal }),
      );
      expect(values).toEqual([]);
      expect(error).toMatchObject({ code: 'ABORT_ERR', cause: 'mine' });
    });
  });
});

describe('a shutdown during map', () => {
  it('ends it, and closes its source', async () => {
    await inTwoWorkers(async (pool) => {
      const never = gate();
      const { source, uses } = watched([
        ['echo', 1],
        ['wait', never.path],
        ['echo', 3],
      ]);
      const results = pool.map('run', source, { inFlight: 2 });
      expect(await results.next()).toEqual({ value: 1, done: false });
      const step = rejection(results.next());
      await never.reached();
      await pool.shutdown();
      expect((await step).code).toBe('ERR_POOL_CLOSED');
      expect(uses.isClosed).toBe(true);
    });
  });

  it('with drain lets the calls in flight finish', async () => {
    await inTwoWorkers(async (pool) => {
      const door = gate();
      const { source } = watched(
        (function* () {
          for (;;) yield ['wait', door.path, 'done'];
        })(),
      );
      const all = drained(pool.map('run', source, { inFlight: 3 }));
      await door.reached(2);
      const closed = pool.shutdown({ drain: true });
      door.open();
      const { values, error } = await all;
      expect(values).toEqual(['done', 'done', 'done']);
      expect(error).toMatchObject({ code: 'ERR_POOL_CLOSED' });
      await closed;
    });
  });
});
