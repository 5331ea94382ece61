// Whether `JSON.stringify` alone does for an argument, as it does for most.

import { isBinary } from './arrays.js';

/** Levels that are searched: more than most Pythons can parse. */
const MAX_DEPTH = 1000;

/** What JSON adds to a key. */
const QUOTES = '"":'.length;

/** The size of an object in characters from which on it is searched once, however often it is there. */
const LARGE = 4096;

/** The sizes of large objects in the argument that is being searched. */
let sizes: Map<object, number> | undefined;

/** `JSON.stringify` alone does not, or might not, do. */
const NOT_PLAIN = -1;

/**
 * Returns what is left of `room` characters when the JSON of `value` is taken away, which may be longer than
 * that; or a negative number if it does not fit, or if `value` may contain a binary value, or a `toJSON` that
 * might return one. It runs for every argument of every call, so it must be quick for plain values; for
 * others, the slow path counts precisely. Getters are called here and again by `JSON.stringify`.
 */
export function roomAfter(value: unknown, room: number): number {
  if (typeof value !== 'object' || value === null) {
    return room - 1;
  }
  try {
    return roomAfterObject(value, 0, room);
  } catch {
    return NOT_PLAIN; // a getter threw: the slow path finds out which
  } finally {
    sizes = undefined;
  }
}

function roomAfterObject(object: object, depth: number, room: number): number {
  if (ArrayBuffer.isView(object) || depth === MAX_DEPTH) {
    return NOT_PLAIN;
  }
  const known = sizes?.get(object);
  if (known !== undefined) {
    return room - known;
  }
  const left = Array.isArray(object)
    ? roomAfterArray(object, depth, room)
    : roomAfterRecord(object, depth, room);
  if (left >= 0 && room - left >= LARGE) {
    sizes ??= new Map();
    sizes.set(object, room - left);
  }
  return left;
}

function roomAfterArray(array: unknown[], depth: number, room: number): number {
  // An item and a comma or bracket.
  let left = room - 1 - 2 * array.length;
  for (let index = 0; index < array.length && left >= 0; index += 1) {
    const item: unknown = array[index];
    if (typeof item === 'string') {
      left -= item.length;
    } else if (typeof item === 'object' && item !== null) {
      left = roomAfterObject(item, depth + 1, left);
    }
  }
  return left;
}

function roomAfterRecord(object: object, depth: number, room: number): number {
  const record = object as Record<string, unknown>;
  if (hasClass(object) && (isBinary(object) || hasOwnForm(record))) {
    return NOT_PLAIN;
  }
  let left = room - 2;
  for (const key in record) {
    const item = record[key];
    if (typeof item === 'string') {
      left -= key.length + item.length + QUOTES;
    } else if (typeof item === 'object') {
      left -= key.length + QUOTES;
      // What `Object.prototype` has been given has it as well, and so on.
      if (item !== null && Object.hasOwn(record, key)) {
        left = roomAfterObject(item, depth + 1, left);
      }
    } else if (key === 'toJSON') {
      return NOT_PLAIN;
    }
    if (left < 0) {
      return left;
    }
  }
  return left;
}

/** Whether it has a `toJSON` of its own; that of a `Date` returns a string. */
function hasOwnForm({ toJSON }: Record<string, unknown>): boolean {
  return toJSON !== undefined && toJSON !== Date.prototype.toJSON;
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
