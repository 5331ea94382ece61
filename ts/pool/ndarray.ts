// Arrays of several dimensions, as arguments.

import { dtypeOf } from './arrays.js';
import { show } from './checks.js';
import { describe, hideFrames, invalidArgument, withCode } from './failures.js';
import type { ArrayInfo } from './python-array.js';
import { fits, sizesOf, type TypedArray, withShape } from './shaped-array.js';

/** The method of all classes of typed arrays. */
const subarray: (this: unknown) => TypedArray = Object.getPrototypeOf(
  Uint8Array.prototype,
).subarray;

/**
 * Gives a typed array the shape that it will have in Python, for example `ndarray(pixels, [480, 640, 3])`.
 *
 * Returns a view of the same memory; `typed` stays as it is. As an argument, the view arrives as a
 * `memoryview` of that shape, which `numpy.asarray` takes without a copy. Throws `ERR_INVALID_ARGUMENT`
 * for anything but a typed array, and for a shape that does not have as many numbers.
 *
 * @param typed The numbers in row-major order: the last index varies fastest. Of a `Buffer`, its bytes.
 * @param shape The size in each dimension, at most 64 of them.
 */
export function ndarray<T extends TypedArray>(typed: T, shape: readonly number[]): T & ArrayInfo {
  try {
    const dtype = dtypeOf(typed);
    if (dtype === undefined) {
      throw invalidArgument(`Invalid array: ${show(typed)}. Must be a typed array.`);
    }
    const sizes = Array.isArray(shape) ? sizesOf(shape) : undefined;
    if (!sizes || !fits(sizes, typed.length)) {
      throw invalidArgument(
        `Invalid shape: ${sizes ? `[${sizes.join(', ')}]` : show(shape)}. Must be an array of at most ` +
          `64 integers whose product is ${typed.length}, the number of elements.`,
      );
    }
    return withShape(viewOf(typed), dtype, sizes);
  } catch (error) {
    throw hideFrames(withCode(error, 'The array cannot be shaped'), ndarray);
  }
}

/** A view of the same numbers, of the same class. */
function viewOf<T extends TypedArray>(typed: T): T {
  try {
    return subarray.call(typed) as T;
  } catch (error) {
    throw invalidArgument(`Invalid array: there is no view of it: ${describe(error)}.`); // it was transferred
  }
}
