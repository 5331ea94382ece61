/** Batched functions: which calls are combined, what Python gets, and what each call returns. */

import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  batchOf,
  fixture,
  gate,
  newPool,
  newWorker,
  outcomesOf,
  rejection,
  thrown,
  valuesOf,
  whileBusy,
  withFullBatches,
  withPool,
  workersWith,
} from '../support';

const SCRIPT = fixture('batches_calls.py');

const withBatches = (
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<void>,
) => withPool(SCRIPT, { batch: batchOf(100), ...options }, body);

const counted = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('calls of a batched function', () => {
  it('that wait when a worker becomes free are one batch', async () => {
    await withBatches({}, async (pool) => {
      const make = () => counted(10).map((index) => pool.execute('seen', [index, { index }]));
      const values = valuesOf(await whileBusy(pool, make));
      const lists = [counted(10), counted(10).map((index) => ({ index }))];
      expect(values).toEqual(counted(10).map(() => [lists, {}]));
    });
  });

  it('are at most `max` in a batch, the oldest first', async () => {
    await withBatches({ batch: batchOf(4) }, async (pool) => {
      const make = () => counted(10).map((index) => pool.execute('seen', [index]));
      const values = valuesOf(await whileBusy(pool, make));
      expect(values.map(([[list]]) => list)).toEqual([
        ...counted(4).map(() => [0, 1, 2, 3]),
        ...counted(4).map(() => [4, 5, 6, 7]),
        ...counted(2).map(() => [8, 9]),
      ]);
    });
  });

  it('get a list even if one is alone, and at once', async () => {
    await withBatches({}, async (pool) => {
      expect(await pool.execute('seen', ['x', 1])).toEqual([[['x'], [1]], {}]);
      expect(await pool.execute('sizes', [1])).toBe(1);
    });
    await withBatches({ batch: batchOf(1) }, async (pool) => {
      const make = () => counted(3).map((index) => pool.execute('sizes', [index]));
      expect(valuesOf(await whileBusy(pool, make))).toEqual([1, 1, 1]);
    });
  });

  it('overtake calls of other functions only as part of a batch', async () => {
    await withBatches({}, async (pool) => {
      const order: string[] = [];
      const call = (label: string, name: string) =>
        pool.execute(name, [label]).then(() => order.push(label));
      await whileBusy(pool, () => [
        call('first', 'echo'),
        call('batch 1', 'sizes'),
        call('second', 'echo'),
        call('batch 2', 'sizes'),
        call('other batch', 'same'),
        call('third', 'echo'),
      ]);
      expect(order).toEqual(['first', 'batch 1', 'batch 2', 'second', 'other batch', 'third']);
    });
  });

  it('are combined with those of the same function and the same arguments by name and number', async () => {
    await withBatches({}, async (pool) => {
      const make = () => [
        pool.execute('seen', [1], { kwargs: { a: 1, b: 2 } }),
        pool.execute('seen', [1]),
        pool.execute('seen', [2], { kwargs: { b: 3, a: 4 } }),
        pool.execute('seen', [1, 2]),
        pool.execute('seen', [1], { kwargs: { a: 1 } }),
        pool.execute('seen', [2], { kwargs: {} }),
        pool.execute('seen', [], { kwargs: { 'a","b': 1 } }),
        pool.execute('seen', [], { kwargs: { a: 1, b: undefined } }),
        pool.execute('seen', [3], { kwargs: { c: undefined } }),
      ];
      expect(valuesOf(await whileBusy(pool, make))).toEqual([
        [[[1, 2]], { a: [1, 4], b: [2, 3] }],
        [[[1, 2, 3]], {}],
        [[[1, 2]], { a: [1, 4], b: [2, 3] }],
        [[[1], [2]], {}],
        [[[1]], { a: [1] }],
        [[[1, 2, 3]], {}],
        [[], { 'a","b': [1] }],
        [[], { a: [1] }],
        [[[1, 2, 3]], {}],
      ]);
    });
  });

  it('are combined by the arguments that are sent, whatever changes meanwhile', async () => {
    const gone = { toJSON: () => undefined };
    const list: unknown[] = [];
    const growing = {
      toJSON: () => {
        list.push('late');
        return 'grew';
      },
    };
    list.push(growing);
    await withBatches({}, async (pool) => {
      const make = () => [
        pool.execute('seen', [1], { kwargs: { a: 1, b: gone } }),
        pool.execute('seen', [2], { kwargs: { a: new Date(0), b: 2 } }),
        pool.execute('seen', [3], { kwargs: { a: 3 } }),
        pool.execute('seen', list),
        pool.execute('seen', ['x']),
      ];
      expect(valuesOf(await whileBusy(pool, make))).toEqual([
        [[[1, 3]], { a: [1, 3] }],
        [[[2]], { a: ['1970-01-01T00:00:00.000Z'], b: [2] }],
        [[[1, 3]], { a: [1, 3] }],
        [[['grew', 'x']], {}],
        [[['grew', 'x']], {}],
      ]);
    });
  });

  it('may have any names of arguments', async () => {
    const kwargs = JSON.parse('{ "__proto__": 1, "constructor": 2, "not an identifier": 3 }');
    await withBatches({}, async (pool) => {
      const [, named] = await pool.execute('seen', [], { kwargs });
      expect(Object.entries(named).sort()).toEqual([
        ['__proto__', [1]],
        ['constructor', [2]],
        ['not an identifier', [3]],
      ]);
    });
  });

  it('need an argument', async () => {
    await withBatches({}, async (pool) => {
      const empty = { a: { toJSON: () => undefined } };
      for (const call of [
        pool.execute('sizes'),
        pool.execute('sizes', []),
        pool.execute('sizes', [], { kwargs: {} }),
        pool.execute('sizes', [], { kwargs: empty }),
      ]) {
        const error = await rejection(call);
        expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', function: 'sizes' });
        expect(error.message).toMatch(/^A call of a batched function needs an argument: /);
      }
      expect(await pool.execute('echo')).toBeNull();
    });
  });

  it('are of a dotted name or of the default function, too', async () => {
    const pool = newPool(SCRIPT, { batch: { ...batchOf(3, 60_000) } }, 'sizes');
    await pool.initialize();
    const calls = [pool.execute(null, [1]), pool.execute('sizes', [2]), pool.execute(null, [3])];
    expect(await Promise.all(calls)).toEqual([3, 3, 3]);
    const vectors = ['a', 'bb', 'ccc'].map((text) => pool.execute('Model.embed', [text]));
    expect(await Promise.all(vectors)).toEqual([1, 2, 3].map((size) => Float64Array.of(size, 0.5)));
  });

  it('are not batched under another name of the function', async () => {
    await withBatches({ batch: { sizes: { max: 2, wait: 60_000 } } }, async (pool) => {
      expect(await pool.execute('same', ['ab'])).toBe('ab');
      expect(await pool.execute('sizes_async', [[1, 2, 3]])).toEqual([3, 3, 3]);
    });
  });

  it('go to several workers at the same time', async () => {
    await withBatches({ workers: 2, batch: batchOf(3, 60_000) }, async (pool) => {
      const door = gate();
      const calls = counted(6).map((index) => pool.execute('held', [door.path, index]));
      expect(new Set(await door.reached(2)).size).toBe(2);
      door.open();
      expect(await Promise.all(calls)).toEqual(counted(6).map((index) => [index, 3, true]));
    });
  });

  it('of a PythonWorker are alone, and wait for no others', async () => {
    const options = { logger: {}, batch: batchOf(5, 600_000) };
    const worker = newWorker(SCRIPT, 'sizes', null, null, null, options);
    await worker.initialize();
    const calls = [worker.call('sizes', [1]), worker.call('sizes', [2])];
    expect(await outcomesOf(calls)).toEqual([1, 'ERR_WORKER_BUSY']);
    expect(await worker.call('seen', [1], { kwargs: { a: 2 } })).toEqual([[[1]], { a: [2] }]);
  });
});

describe('the arguments of a batch', () => {
  it('may be binary values, long strings and plain ones in turn', async () => {
    const long = 'é'.repeat(5000);
    await withFullBatches(5, async (pool) => {
      const values = [Buffer.from([1, 2]), long, 'short', { deep: [Buffer.from([3])] }, null];
      const calls = values.map((value) => pool.execute('same', [value]));
      expect(await Promise.all(calls)).toEqual(values);
      const arrays = [new Float32Array([0.5]), 1, 'text', Buffer.from([1]), long];
      const types = arrays.map((value) => pool.execute('types', [value]));
      expect(await Promise.all(types)).toEqual(['memoryview', 'int', 'str', 'bytes', 'str']);
    });
  });

  it('may be keyword arguments, with buffers in some of them', async () => {
    const long = 'x'.repeat(5000);
    await withFullBatches(3, async (pool) => {
      const calls = [
        pool.execute('same_with', ['a'], { kwargs: { suffix: '1' } }),
        pool.execute('same_with', [long], { kwargs: { suffix: '2' } }),
        pool.execute('same_with', ['c'], { kwargs: { suffix: long } }),
      ];
      expect(await Promise.all(calls)).toEqual(['a1', `${long}2`, `c${long}`]);
    });
  });

  it('that together exceed maxPayload go in several batches', async () => {
    await withBatches({ maxPayload: 100_000 }, async (pool) => {
      const text = 'x'.repeat(30_000);
      const make = () => counted(8).map(() => pool.execute('sizes', [text]));
      const sizes = valuesOf(await whileBusy(pool, make));
      expect(sizes).toHaveLength(8);
      for (const size of sizes) {
        expect(size).toBeLessThanOrEqual(3);
      }
      expect(Math.max(...sizes)).toBeGreaterThan(1);
    });
  });

  it('that cannot be sent fail their call only', async () => {
    const unreadable = {
      get value() {
        throw new Error('unreadable');
      },
    };
    await withFullBatches(2, async (pool) => {
      const calls = [
        pool.execute('sizes', [1]),
        pool.execute('sizes', [unreadable]),
        pool.execute('sizes', 5 as never),
        pool.execute('sizes', [2]),
      ];
      expect(await outcomesOf(calls)).toEqual([
        2,
        'ERR_NOT_SERIALIZABLE',
        'ERR_INVALID_ARGUMENT',
        2,
      ]);
    });
  });
});

describe('the result of a batch', () => {
  it.each(['list', 'tuple', 'array', 'range', 'object'])(
    'may be any sequence: %s',
    async (kind) => {
      await withFullBatches(3, async (pool) => {
        const calls = counted(3).map(() => pool.execute('returns', [kind]));
        const given = ['array', 'range'].includes(kind) ? [0, 1, 2] : [kind, kind, kind];
        expect(await Promise.all(calls)).toEqual(given);
      });
    },
  );

  it.each(['sizes_async', 'deferred'])('may be that of an awaitable: %s', async (name) => {
    await withFullBatches(3, async (pool) => {
      const calls = counted(3).map((index) => pool.execute(name, [index]));
      expect(await Promise.all(calls)).toEqual([3, 3, 3]);
    });
  });

  it('is converted for each call as that call wants it', async () => {
    await withFullBatches(4, async (pool) => {
      const calls = [
        pool.execute('odd_values', ['nan'], { nan: 'null' }),
        pool.execute('odd_values', ['nan']),
        pool.execute('odd_values', ['long']),
        pool.execute('odd_values', ['plain']),
      ];
      const outcomes = await outcomesOf(calls);
      expect(outcomes[2] === 'x'.repeat(5000)).toBe(true);
      outcomes.splice(2, 1);
      expect(outcomes).toEqual([null, 'ERR_NOT_SERIALIZABLE', 1]);
      const vectors = [
        pool.execute('Model.embed', ['a'], { arrays: 'list' }),
        pool.execute('Model.embed', ['bb']),
        pool.execute('Model.embed', ['ccc'], { arrays: 'list' }),
        pool.execute('Model.embed', ['d'], { arrays: 'typed' }),
      ];
      expect(await Promise.all(vectors)).toEqual([
        [1, 0.5],
        Float64Array.of(2, 0.5),
        [3, 0.5],
        Float64Array.of(1, 0.5),
      ]);
    });
  });
});

const libraries = workersWith('values');

libraries.describe('numpy', () => {
  it('the rows of an array are the results, each an array of its own', async () => {
    const batch = { embed: { max: 3, wait: 600_000 } };
    await withPool(fixture('batches_arrays.py'), { ...libraries.options, batch }, async (pool) => {
      const vectors = await Promise.all([1, 2, 3].map((number) => pool.execute('embed', [number])));
      expect(vectors).toEqual([1, 2, 3].map((number) => Float32Array.of(number, number * number)));
      expect(vectors.map(({ dtype, shape }) => [dtype, shape])).toEqual(
        vectors.map(() => ['float32', [2]]),
      );
    });
  });
});

describe('stream of a batched function', () => {
  const message =
    'sizes cannot be streamed: it is in the option batch, which combines calls. Call it with execute or map, or ' +
    'leave it out of batch.';

  it('is an invalid argument, of a pool and of a worker', async () => {
    const pool = newPool(SCRIPT, { batch: batchOf(2) }, 'sizes');
    const worker = newWorker(SCRIPT, 'sizes', null, null, null, { batch: batchOf(2) });
    for (const action of [
      () => pool.stream('sizes', [1]),
      () => pool.stream(null, [1]),
      () => worker.stream('sizes', [1]),
    ]) {
      const error = thrown(action);
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', function: 'sizes', message });
      expect(error.stack).not.toContain('dist');
    }
    await pool.initialize();
    expect(thrown(() => pool.stream('sizes', [1])).message).toBe(message);
    expect(await pool.stream('echo', [1]).result).toBe(1);
  });
});
