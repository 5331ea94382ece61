/** Arrays of several dimensions, as arguments. */

import { runInNewContext } from 'node:vm';
import { ndarray } from '../..';
import { fixture, rejection, sharedPool, thrown } from '../support';

const pool = sharedPool(fixture('echoes_binary.py'));
const echo = (value: unknown) => pool.execute('echo', [value]);
/** The shape of an array without numbers, as Python sees it. */
const shapeOf = async (shape: number[]) =>
  (await pool.execute('shape_of', [ndarray(new Float32Array(0), shape)]))[1];
const isSince = (major: number, minor: number) =>
  pool.execute('evaluate', [`sys.version_info >= (${major}, ${minor})`]);
const seen = (value: unknown) => pool.execute('shape_seen', [value]);

describe('ndarray', () => {
  it('returns a view of the same memory, which knows its shape', () => {
    const numbers = new Float32Array([1, 2, 3, 4, 5, 6]);
    const matrix = ndarray(numbers, [2, 3]);
    expect(matrix).toBeInstanceOf(Float32Array);
    expect([matrix.dtype, matrix.shape, matrix.length]).toEqual(['float32', [2, 3], 6]);
    expect(matrix.buffer).toBe(numbers.buffer);
    expect('shape' in numbers).toBe(false);
    expect(ndarray(matrix, [6, 1]).shape).toEqual([6, 1]);
    expect(matrix.shape).toEqual([2, 3]);
    expect(Object.isFrozen(matrix.shape)).toBe(true);
    expect(Object.keys(matrix)).toHaveLength(6);
    expect(JSON.stringify({ matrix })).toBe('{"matrix":[[1,2,3],[4,5,6]]}');
  });

  it('does not depend on the list that gave the shape', () => {
    const shape = [2, 1];
    const array = ndarray(new Int8Array(2), shape);
    shape[0] = 7;
    expect(array.shape).toEqual([2, 1]);
    expect(Object.isFrozen(shape)).toBe(false);
  });

  it.each<[string, unknown, unknown]>([
    ['too few', new Float32Array(6), [2, 2]],
    ['too many', new Float32Array(6), [2, 3, 2]],
    ['none', new Float32Array(6), []],
    ['negative', new Float32Array(6), [-2, -3]],
    ['a fraction', new Float32Array(6), [12, 0.5]],
    ['infinite', new Float32Array(0), [0, Number.POSITIVE_INFINITY]],
    ['no integers', new Float32Array(6), ['2', '3']],
    ['a hole', new Float32Array(6), Object.assign([6], { length: 2 })],
    ['65 dimensions', new Float32Array(1), Array(65).fill(1)],
    ['no array', new Float32Array(6), 6],
    ['no shape', new Float32Array(6), undefined],
    ['a list', [1, 2], [2]],
    ['a DataView', new DataView(new ArrayBuffer(2)), [2]],
    ['an ArrayBuffer', new ArrayBuffer(2), [2]],
    ['nothing', null, [0]],
  ])('refuses %s', (_, typed, shape) => {
    const error = thrown(() => ndarray(typed as Float32Array, shape as number[]));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid (array|shape): /);
  });

  it('refuses memory that was transferred', () => {
    const numbers = new Float32Array(2);
    structuredClone(numbers.buffer, { transfer: [numbers.buffer] });
    for (const shape of [[2], [0]]) {
      expect(thrown(() => ndarray(numbers, shape)).code).toBe('ERR_INVALID_ARGUMENT');
    }
  });
});

describe('in Python, an array has its shape:', () => {
  it.each<[string, Parameters<typeof ndarray>[0], number[], unknown[]]>([
    [
      'Float32Array',
      new Float32Array([0.5, 1, 2, 3, 4, 5]),
      [3, 2],
      [
        'f',
        [3, 2],
        [
          [0.5, 1],
          [2, 3],
          [4, 5],
        ],
      ],
    ],
    ['BigUint64Array', new BigUint64Array([1n, 2n]), [2, 1], ['Q', [2, 1], [[1], [2]]]],
    ['Uint8Array', new Uint8Array([1, 2]), [1, 2], ['B', [1, 2], [[1, 2]]]],
    ['Buffer', Buffer.from([1, 2]), [2], ['B', [2], [1, 2]]],
    [
      'part of an array',
      new Int16Array([9, 1, 2, 9]).subarray(1, 3),
      [1, 2],
      ['h', [1, 2], [[1, 2]]],
    ],
    ['shared memory', new Int16Array(new SharedArrayBuffer(4)), [2, 1], ['h', [2, 1], [[0], [0]]]],
    ['no dimension', new Float64Array([0.5]), [], ['d', [], 0.5]],
  ])('%s', async (_, typed, shape, expected) => {
    expect(await seen(ndarray(typed, shape))).toEqual(expected);
    expect(await seen([{ a: ndarray(typed, shape) }])).toEqual([{ a: expected }]);
  });

  it('of another realm, and of a subclass', async () => {
    class Own extends Float32Array {}
    const foreign = runInNewContext('new Int8Array([1, 2])');
    const own = ndarray(new Own([1, 2]), [2, 1]);
    expect(own).toBeInstanceOf(Own);
    expect(await seen([ndarray(foreign, [1, 2]), own])).toEqual([
      ['b', [1, 2], [[1, 2]]],
      ['f', [2, 1], [[1], [2]]],
    ]);
  });

  it('without numbers', async () => {
    expect(await shapeOf([0])).toEqual([0]);
    for (const shape of [
      [0, 3],
      [3, 0],
      [2, 0, 4],
    ]) {
      if (await isSince(3, 10)) {
        expect(await shapeOf(shape)).toEqual(shape);
      } else {
        expect((await rejection(shapeOf(shape))).message).toMatch(/needs Python 3\.10; pass it/);
      }
    }
  });

  it('and so has a result that is passed back', async () => {
    const matrix = await echo(ndarray(new Int32Array([1, 2, 3, 4]), [2, 2]));
    expect(matrix).toStrictEqual(new Int32Array([1, 2, 3, 4]));
    expect(matrix.shape).toEqual([2, 2]);
    expect((await echo(matrix)).shape).toEqual([2, 2]);
    expect(await seen(matrix)).toEqual([
      'i',
      [2, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  });

  it('without a dimension, it comes back as its number', async () => {
    const given = [new Float64Array([0.5]), new Int8Array([-1]), Buffer.from([7])];
    const back = await echo(given.map((numbers) => ndarray(numbers, [])));
    expect(back).toEqual([0.5, -1, 7]);
    expect(await echo(back)).toEqual(back);
  });

  it('but not from a property of the user', async () => {
    const numbers = Object.assign(new Int8Array(2), { shape: [2, 1] });
    expect(await seen(numbers)).toEqual(['b', [2], [1, 2].map(() => 0)]);
  });

  it('and one whose length has changed is refused', async () => {
    const memory = Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }]);
    const array = ndarray(new Int8Array(memory), [2, 2]);
    memory.resize(8);
    const error = await rejection(echo([array]));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0][0]' });
    expect(error.message).toMatch(/its length is not that of its shape, \[2, 2\]/);
  });
});
