/** The arrays of results, which are made from unchecked bytes. */

import { toArray } from '../../ts/pool/arrays';

describe('numbers of 16 bits', () => {
  /** The value by IEEE 754, by way of a float32 of the same sign and fraction. */
  function widened(half: number): number {
    const [sign, exponent, fraction] = [half >> 15, (half >> 10) & 31, half & 1023];
    const view = new DataView(new ArrayBuffer(4));
    if (exponent === 31) {
      view.setUint32(0, (sign << 31) | 0x7f800000 | (fraction << 13));
      return view.getFloat32(0);
    }
    view.setUint32(0, (sign << 31) | ((exponent + 112) << 23) | (fraction << 13));
    const smallest = 2 ** -14;
    const value = view.getFloat32(0);
    return exponent > 0 ? value : (value - (sign ? -smallest : smallest) / 2) * 2;
  }

  it('are the same in every Node.js', () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, half) => half);
    const array = toArray(bits.buffer, 'float16', [1 << 16]);
    expect(array.dtype).toBe('float16');
    for (let half = 0; half < 1 << 16; half++) {
      if (!Object.is(array[half], widened(half)) && half !== 0x8000) {
        throw new Error(`${half.toString(16)} is ${array[half]}, not ${widened(half)}`);
      }
    }
    expect(array[0x8000]).toBe(-0);
  });
});

describe('bytes that do not make an array', () => {
  it.each<[string, number, string, number[]]>([
    ['half a number', 5, 'float32', [1]],
    ['more numbers than the shape has', 8, 'float32', [1]],
    ['fewer numbers than the shape has', 8, 'float32', [3]],
    ['a shape of fractions', 4, 'int8', [8, 0.5]],
    ['a negative shape', 4, 'int8', [-2, -2]],
    ['a shape of nonsense', 4, 'int8', [Number.NaN]],
    ['a shape without an end', 0, 'int8', [0, Number.POSITIVE_INFINITY]],
    ['no shape', 4, 'int32', [2, 2]],
    ['an unknown dtype', 4, 'complex64', [1]],
    ['a dtype named like a JavaScript property', 4, 'constructor', [4]],
  ])('is refused: %s', (_, size, dtype, shape) => {
    expect(() => toArray(new ArrayBuffer(size), dtype, shape)).toThrow();
  });
});
