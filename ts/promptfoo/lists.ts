// Arrays of numbers in a result, as lists: promptfoo writes results as JSON, where a typed array would
// become an object.

/** An array of numbers as the pool has it. */
type NumberArray = Iterable<number | bigint> & { dtype: string; shape: readonly number[] };

/**
 * The result with a list in the place of each array of numbers, of lists where it has more than one
 * dimension, as numpy's `tolist()` makes them. It is changed where it is. Throws for what is no number
 * of JSON, as the pool does in lists: NaN, infinity, an integer that JavaScript can not hold.
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
    throw new Error(
      `The Python script returned an array of ${dtype} with ${item}, which is beyond the integers of ` +
        'JavaScript: return it as text, as in `array.astype(str).tolist()`.',
    );
  }
  if (!Number.isFinite(number)) {
    throw new Error(
      `The Python script returned an array of ${dtype} with ${number}, which JSON can not hold: replace ` +
        'it, as with `numpy.nan_to_num(array)`.',
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
