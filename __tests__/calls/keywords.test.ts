/** Keyword arguments. */

import { fixture, newWorker, rejection, sharedPool } from '../support';

const SCRIPT = fixture('takes_keywords.py');

describe('kwargs', () => {
  const pool = sharedPool(SCRIPT);

  it('reach keyword-only parameters', async () => {
    await expect(pool.execute('scale', [3], { kwargs: { n: 2 } })).resolves.toBe(6);
    await expect(pool.execute('required', null, { kwargs: { name: 'é' } })).resolves.toBe('é');
    await expect(pool.execute('later', [1], { kwargs: { n: 2 } })).resolves.toBe(3);
    await expect(pool.execute('Model.predict', ['a'], { kwargs: { top: 2 } })).resolves.toEqual([
      'a',
      'a',
    ]);
  });

  it('are any values, at any depth, beside positional ones', async () => {
    const long = 'x'.repeat(5000);
    const bytes = Buffer.from([1, 2]);
    const [args, kwargs] = await pool.execute('everything', [long, { bytes }], {
      kwargs: { long, bytes, deep: [{ bytes }], none: null, 'not an identifier': 1n },
    });
    expect(args).toEqual([long, { bytes }]);
    expect(kwargs).toEqual({
      long,
      bytes,
      deep: [{ bytes }],
      none: null,
      'not an identifier': 1,
    });
    const types = { array: new Float32Array(2), bytes };
    await expect(pool.execute('kinds', [], { kwargs: types })).resolves.toEqual({
      array: 'memoryview',
      bytes: 'bytes',
    });
  });

  it('are left out when they are undefined', async () => {
    for (const kwargs of [{}, { n: undefined }, null, undefined]) {
      await expect(pool.execute('scale', [3], { kwargs })).resolves.toBe(3);
    }
    const kwargs = { a: undefined, b: () => 1, toJSON: () => 'other' };
    await expect(pool.execute('everything', [], { kwargs })).resolves.toEqual([[], {}]);
  });

  it('may have the names of everything that an object inherits', async () => {
    const kwargs = JSON.parse('{ "__proto__": 1, "constructor": 2, "toJSON": 3 }');
    const [, received] = await pool.execute('everything', [], { kwargs });
    expect(Object.entries(received).sort()).toEqual(Object.entries(kwargs).sort());
  });

  it('that the function does not take are a TypeError', async () => {
    const unknown = await rejection(pool.execute('scale', [3], { kwargs: { m: 2 } }));
    expect(unknown).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
    expect(unknown.message).toContain("unexpected keyword argument 'm'");
    const twice = await rejection(pool.execute('scale', [3], { kwargs: { x: 2 } }));
    expect(twice).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
    expect(twice.message).toContain("multiple values for argument 'x'");
  });

  it.each([[[]], [new Map([['n', 1]])], ['n'], [1], [() => 1], [{ [Symbol('n')]: 1 }]])(
    'that have no names are refused: %p',
    async (kwargs) => {
      const error = await rejection(pool.execute('scale', [3], { kwargs: kwargs as never }));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(/^Invalid kwargs: /);
    },
  );

  it('that cannot be sent are named in the error', async () => {
    const getter = {
      get n() {
        throw new Error('no');
      },
    };
    for (const [kwargs, path] of [
      [getter, 'kwargs.n'],
      [{ deep: [getter] }, 'kwargs.deep[0].n'],
    ] as const) {
      const error = await rejection(pool.execute('scale', [3], { kwargs }));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path });
    }
    const args = await rejection(pool.execute('scale', [[getter]], { kwargs: { n: 1 } }));
    expect(args).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0][0].n' });
  });
});

it('PythonWorker.call takes kwargs, too', async () => {
  const worker = newWorker(SCRIPT, 'scale', null, null, null, { logger: {} });
  await worker.initialize();
  await expect(worker.call('scale', [3], { kwargs: { n: 3 } })).resolves.toBe(9);
});
