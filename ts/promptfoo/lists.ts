// Converts the arrays of numbers in a result to lists: promptfoo writes results as JSON, where a typed array
// would become an object.

import { invalidResponse } from './results.js';

/** An array of numbers, as the pool returns it. */
type NumberArray = Iterable<number | bigint> & { dtype: string; shape: readonly number[] };

/**
 * Replaces, in place, each array of numbers by a list, nested where it has several dimensions, like numpy's
 * `tolist()`. Throws for numbers that JSON does not have, as the pool does for those in lists: NaN,
 * infinities, and integers that JavaScript cannot represent.
 */
export function toLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (ArrayBuffer.isView(value)) {
    return 'dtype' in value ? toList(value as unknown as NumberArray) : value;
  }
  const container = value as Record<string, unknown>;
  for (const [key, item] of Object.entries(container)) {
    if (typeof item === 'object') {
      container[key] = toLists(item);
    }
  }
  return container;
}

function toList(array: NumberArray): unknown[] {
  return nested(
    Array.from(array, (item) => toNumber(item, array.dtype)),
    array.shape,
  );
}

function toNumber(item: number | bigint, dtype: string): number {
  const number = Number(item);
  if (typeof item === 'bigint' && !Number.isSafeInteger(number)) {
    throw invalidResponse(
      `The Python script returned an array of ${dtype} with ${item}, which is not a safe integer in ` +
        'JavaScript: return it as text, for example with `array.astype(str).tolist()`.',
    );
  }
  if (!Number.isFinite(number)) {
    throw invalidResponse(
      `The Python script returned an array of ${dtype} with ${number}, which JSON cannot represent: ` +
        'replace it, for example with `numpy.nan_to_num(array)`.',
    );
  }
  return number;
}

function nested(numbers: number[], [length, ...inner]: readonly number[]): unknown[] {
  if (inner.length === 0) {
    return numbers;
  }
  const step = inner.reduce((product, size) => product * size, 1);
  return Array.from({ length }, (_, index) =>
    nested(numbers.slice(index * step, (index + 1) * step), inner),
  );
}
