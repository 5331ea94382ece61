// Whether `JSON.stringify` alone does for an argument, as it does for most.

import { isBinary } from './arrays.js';

/** Levels that are searched: more than most Pythons can parse. */
const MAX_DEPTH = 1000;

/**
 * Whether a value contains no binary value, nor a `toJSON` that might return one. It runs for every
 * argument of every call, so it must be quick to return true; it may return false where the slow path
 * finds nothing special. Getters are called here and again by `JSON.stringify`.
 */
export function isPlain(value: unknown): boolean {
  try {
    return typeof value !== 'object' || value === null || hasPlainItems(value, 0);
  } catch {
    return false; // a getter threw: the slow path finds out which
  }
}

function hasPlainItems(object: object, depth: number): boolean {
  if (ArrayBuffer.isView(object) || depth === MAX_DEPTH) {
    return false;
  }
  if (Array.isArray(object)) {
    for (let index = 0; index < object.length; index += 1) {
      const item: unknown = object[index];
      if (typeof item === 'object' && item !== null && !hasPlainItems(item, depth + 1)) {
        return false;
      }
    }
    return true;
  }
  const record = object as Record<string, unknown>;
  if (hasClass(object) && (isBinary(object) || (record.toJSON && !(object instanceof Date)))) {
    return false;
  }
  for (const key in record) {
    const item = record[key];
    if (typeof item === 'object') {
      if (item !== null && !hasPlainItems(item, depth + 1)) {
        return false;
      }
    } else if (key === 'toJSON') {
      return false;
    }
  }
  return true;
}

/** Whether it is not a plain object. In every realm the prototype of plain objects has none itself. */
function hasClass(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return (
    prototype !== Object.prototype &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) !== null
  );
}
