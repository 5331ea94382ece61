// Arrays that know the shape they have in Python.

import type { ArrayInfo } from './python-array.js';

export type TypedArray = ArrayBufferView & ArrayLike<number | bigint>;

/** The most dimensions that Python's `memoryview` has. */
const MAX_DIMENSIONS = 64;

/** Adds to an array what it is in Python. */
export function withShape<T extends TypedArray>(
  array: T,
  dtype: string,
  shape: readonly number[],
): T & ArrayInfo {
  return Object.defineProperties(array, {
    dtype: { value: dtype },
    shape: { value: Object.freeze(shape) },
    // Without it, JSON.stringify makes an object with a key for each number.
    toJSON: { value: nestedLists },
  }) as T & ArrayInfo;
}

/** Whether an array of `length` numbers can have that shape. */
export function fits(shape: readonly number[], length: number): boolean {
  return (
    shape.length <= MAX_DIMENSIONS &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    shape.reduce((product, size) => product * size, 1) === length
  );
}

/** The shape that `withShape` has given an array, in any realm and by any copy of this package. */
export function shapeOf(array: object): readonly number[] | undefined {
  const shape: unknown = Object.getOwnPropertyDescriptor(array, 'shape')?.value;
  return Array.isArray(shape) && Object.isFrozen(shape) ? sizesOf(shape) : undefined;
}

/** A copy by index, as an array may have methods of its own; of no more sizes than it takes to refuse it. */
export function sizesOf(shape: readonly number[]): number[] {
  const length = Math.min(shape.length, MAX_DIMENSIONS + 1);
  return Array.from({ length }, (_, axis) => shape[axis] as number);
}

/**
 * The numbers in lists that are nested by the shape, like numpy's `tolist()`. An integer that a number
 * cannot hold becomes a string of its digits.
 */
function nestedLists(this: TypedArray & ArrayInfo): unknown {
  const { shape } = this;
  if (shape.length === 0) {
    return plain(this[0] as number | bigint);
  }
  let level: unknown[] = Array.from<number | bigint, unknown>(this, plain);
  for (let axis = shape.length - 1; axis > 0; axis -= 1) {
    const items = level;
    const length = shape[axis] as number;
    const rows = shape.slice(0, axis).reduce((product, size) => product * size, 1);
    level = Array.from({ length: rows }, (_, row) => items.slice(row * length, (row + 1) * length));
  }
  return level;
}

function plain(number: number | bigint): number | string {
  if (typeof number === 'number') {
    return number;
  }
  const nearest = Number(number);
  return Number.isSafeInteger(nearest) ? nearest : String(number);
}
