// Results as JSON text. They may contain binary values, which JSON does not have.

import type { PythonArray } from 'python-worker-pool';

/**
 * A result as JSON: `bytes` as `{"base64": "..."}`, an array of numbers as nested lists, an integer
 * beyond 2⁵³ − 1 in one as a string of its digits.
 */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, withoutBinary, indent) ?? 'null';
}

function withoutBinary(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // Buffer's toJSON() has run before this function.
  const original = this[key];
  if (Buffer.isBuffer(original)) {
    return { base64: original.toString('base64') };
  }
  return ArrayBuffer.isView(original) ? nested(original as PythonArray) : value;
}

/** Nested lists of the numbers, like numpy's `tolist()`. */
function nested(array: PythonArray): unknown[] {
  let level: unknown[] = Array.from<number | bigint, unknown>(array, plain);
  for (const length of (array.shape ?? []).slice(1).reverse()) {
    const rows = length === 0 ? 0 : level.length / length;
    level = Array.from({ length: rows }, (_, row) => level.slice(row * length, (row + 1) * length));
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
