/** The options `arrays` and `nan`, of pools, workers and calls. */

import { type CallOptions, PythonWorker, PythonWorkerPool, type ResultOptions } from '../..';
import { fixture, rejection, sharedPool, shutdownAtEnd, thrown, withPool } from '../support';

const SCRIPT = fixture('echoes_binary.py');
const BOTH = '{"a": array.array("d", [1.5]), "n": [float("nan"), -float("inf")]}';
const TYPED = new Float64Array([1.5]);

const pool = sharedPool(SCRIPT);
const evaluate = (expression: string, options?: ResultOptions) =>
  pool.execute('evaluate', [expression], options);

it('by default, arrays are typed and NaN is an error', async () => {
  expect(await evaluate('array.array("d", [1.5])')).toStrictEqual(TYPED);
  for (const options of [
    undefined,
    {},
    { nan: null, arrays: undefined },
    { nan: 'error' } as const,
  ]) {
    const error = await rejection(evaluate(BOTH, options));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output.n[0]' });
    expect(error.message).toMatch(/nan: 'null'/);
  }
});

it('a call sets its own', async () => {
  expect(await evaluate(BOTH, { nan: 'null' })).toStrictEqual({ a: TYPED, n: [null, null] });
  const lists = { a: [1.5], n: [null, null] };
  expect(await evaluate(BOTH, { nan: 'null', arrays: 'list' })).toStrictEqual(lists);
  expect(await evaluate('array.array("b")', { arrays: 'list' })).toStrictEqual([]);
  expect(
    await evaluate('memoryview(bytes(4)).cast("B", [2, 2])', { arrays: 'list' }),
  ).toStrictEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(await evaluate('[b"x"]', { arrays: 'list' })).toStrictEqual([Buffer.from('x')]);
});

it('beside a long string and a buffer', async () => {
  const long = 'é'.repeat(5000);
  const options = { nan: 'null', arrays: 'list' } as const;
  const found = await pool.execute('echo', [{ long, data: Buffer.from('x') }], options);
  expect(found).toStrictEqual({ long, data: Buffer.from('x') });
  const text = '{"long": "NaN" * 2000, "n": float("nan"), "a": array.array("h", [1]), "b": b"x"}';
  expect(await evaluate(text, options)).toStrictEqual({
    long: 'NaN'.repeat(2000),
    n: null,
    a: [1],
    b: Buffer.from('x'),
  });
});

it('texts that look like NaN stay as they are, and keys are refused', async () => {
  const value = { NaN: ['NaN', '-Infinity', '"NaN"', '\\', '\\"NaN,'], Infinity: '\nNaN\u2028' };
  const found = await pool.execute('evaluate', [`[${JSON.stringify(value)}, float("nan")]`], {
    nan: 'null',
  });
  expect(found).toStrictEqual([value, null]);
  const error = await rejection(evaluate('[{float("nan"): 1}]', { nan: 'null' }));
  expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[0]' });
});

it('an integer that a list cannot have is an error with its path', async () => {
  const error = await rejection(evaluate('[array.array("q", [1, 2**60])]', { arrays: 'list' }));
  expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[0][1]' });
});

it('a pool has defaults, which a call overrides', async () => {
  await withPool(SCRIPT, { arrays: 'list', nan: 'null' }, async (own) => {
    const call = (options?: CallOptions) => own.execute('evaluate', [BOTH], options);
    const lists = { a: [1.5], n: [null, null] };
    expect(await call()).toStrictEqual(lists);
    expect(await call({ timeout: 50_000 })).toStrictEqual(lists);
    expect(await call({ arrays: null, nan: undefined })).toStrictEqual(lists);
    expect(await call({ arrays: 'typed' })).toStrictEqual({ ...lists, a: TYPED });
    const error = await rejection(call({ nan: 'error' }));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output.n[0]' });
  });
});

it('many calls in flight each have their own', async () => {
  const forms: ResultOptions[] = [{}, { arrays: 'list' }, { nan: 'null' }, { arrays: 'typed' }];
  const calls = Array.from({ length: 200 }, (_, index) =>
    evaluate(`array.array("h", [${index}])`, forms[index % forms.length]),
  );
  for (const [index, found] of (await Promise.all(calls)).entries()) {
    expect(Array.isArray(found)).toBe(index % forms.length === 1);
    expect(found[0]).toBe(index);
  }
});

it('a PythonWorker has them too', async () => {
  const worker = shutdownAtEnd(
    new PythonWorker(SCRIPT, 'evaluate', null, null, null, { arrays: 'list', logger: {} }),
  );
  await worker.initialize();
  expect(await worker.call(null, ['array.array("h", [1])'])).toStrictEqual([1]);
  const typed = await worker.call(null, ['array.array("h", [1])'], { arrays: 'typed' });
  expect(typed).toStrictEqual(new Int16Array([1]));
});

it.each<[string, unknown, string]>([
  ['arrays', 'lists', `Invalid arrays: "lists". Must be 'typed' or 'list'.`],
  ['arrays', true, `Invalid arrays: true. Must be 'typed' or 'list'.`],
  ['nan', 'NULL', `Invalid nan: "NULL". Must be 'error' or 'null'.`],
  ['nan', Number.NaN, `Invalid nan: NaN. Must be 'error' or 'null'.`],
])('%s: %p is refused', async (name, value, message) => {
  const options = { [name]: value } as ResultOptions;
  const expected = { code: 'ERR_INVALID_ARGUMENT', message };
  expect(thrown(() => new PythonWorkerPool(SCRIPT, 'pid', options))).toMatchObject(expected);
  expect(await rejection(evaluate('1', options))).toMatchObject(expected);
});

describe('JSON.stringify of an array gives', () => {
  it.each<[string, unknown]>([
    ['array.array("f", [1, 2.5])', [1, 2.5]],
    ['array.array("d", [float("nan"), 1])', [null, 1]],
    ['array.array("q", [-1, 2**60])', [-1, '1152921504606846976']],
    [
      'memoryview(bytes(range(6))).cast("B", [2, 3])',
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    ['memoryview(bytes(range(6))).cast("B", [3, 1, 2])', [[[0, 1]], [[2, 3]], [[4, 5]]]],
    ['{"a": [array.array("b")]}', { a: [[]] }],
  ])('%s: nested lists', async (expression, expected) => {
    expect(JSON.parse(JSON.stringify(await evaluate(expression)))).toEqual(expected);
  });
});
