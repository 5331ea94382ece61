// What crosses to the native side and back: JSON text with out-of-band buffers beside it (the idea of
// PEP 574). A buffer is a binary value, or a long string, which then need not be escaped and scanned.

import { toArray } from './arrays.js';
import { Buffers, type Path } from './buffers.js';
import { describe, invalidArgument, notSerializable } from './failures.js';
import type { Log } from './log.js';
import { withoutForm } from './own.js';
import { roomAfter } from './plain.js';
import { MAX_TEXT, Room, textTooLong } from './room.js';
import { stringify, stringifySlowly } from './serializer.js';

/** Strings of this length and more, in UTF-16 units, are out-of-band buffers. */
const LONG_STRING = 2 * 1024;

/** What the items of the JSON array are called in a call with keyword arguments. */
const WITH_KEYWORDS = ['args', 'kwargs'] as const;

export interface EncodedArguments {
  /** The arguments as a JSON array, with `null` in the place of each buffer. */
  json: string;
  /** The places of the buffers, in JSON, if there are any. */
  paths: string | undefined;
  buffers: (string | Uint8Array)[] | undefined;
}

/**
 * Encodes the arguments of a call. Throws an `OverLimit` if it is clear without the copies that the native side
 * makes that they take more than `limit` bytes.
 *
 * @param kwargs keyword arguments, if there are any: then `json` is an array of both, and there are `paths`
 */
export function encodeArguments(
  args: readonly unknown[] | null | undefined,
  kwargs: Record<string, unknown> | undefined,
  log: Log,
  limit: number,
): EncodedArguments {
  const given = checkArguments(args);
  const room = new Room(limit);
  const buffers = new Buffers(room, kwargs && WITH_KEYWORDS);
  const survey = new Survey(buffers);
  const list =
    kwargs === undefined
      ? survey.items(given, [])
      : withoutForm([survey.items(given, [0]), survey.keywords(kwargs, [1])]);
  const encode = survey.isPlain ? stringify : stringifySlowly;
  const json = encode(list, log, buffers);
  if (buffers.isEmpty && kwargs === undefined) {
    room.setText(json.length);
    return { json, paths: undefined, buffers: undefined };
  }
  buffers.checkSizes();
  const paths = buffers.pathsText();
  room.setText(json.length + paths.length);
  return { json, paths, buffers: buffers.list };
}

/** Takes long strings out, and finds out whether `JSON.stringify` alone does for the rest. */
class Survey {
  readonly #buffers: Buffers;
  /** How many characters there is room for; negative if the slow path has to count, or to copy. */
  #left: number;

  constructor(buffers: Buffers) {
    this.#buffers = buffers;
    this.#left = buffers.room.maxText;
  }

  get isPlain(): boolean {
    return this.#left >= 0;
  }

  /** The items without the long strings. */
  items(given: readonly unknown[], path: Path): readonly unknown[] {
    let list = given;
    for (let index = 0; index < given.length; index += 1) {
      const item = readAt(given, index);
      if (isLong(item)) {
        list = list === given ? itemsOf(given) : list;
        (list as unknown[])[index] = this.#takeOut(item, [...path, index]);
      } else {
        this.#count(item);
      }
    }
    return list;
  }

  /** The keyword arguments without the long strings, in an object that inherits nothing, such as `toJSON`. */
  keywords(given: Record<string, unknown>, path: Path): Record<string, unknown> {
    const rest: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(given)) {
      const value = given[key];
      this.#count(key);
      if (isLong(value)) {
        rest[key] = this.#takeOut(value, [...path, key]);
      } else {
        this.#count(value);
        rest[key] = value;
      }
    }
    return rest;
  }

  #takeOut(text: string, path: Path): null {
    this.#buffers.room.addBuffer(text.length);
    return this.#buffers.add(path, text, null);
  }

  #count(value: unknown): void {
    if (typeof value === 'string') {
      this.#left -= value.length;
    } else if (this.#left >= 0) {
      this.#left = roomAfter(value, this.#left);
    }
  }
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length >= LONG_STRING;
}

/** A copy of the list of arguments, which nothing changes while they are encoded. */
export function copyArguments(args: readonly unknown[] | null | undefined): readonly unknown[] {
  return itemsOf(checkArguments(args));
}

/** The arguments, in an array that has no methods of its own, such as `toJSON`. */
function checkArguments(args: unknown): readonly unknown[] {
  if (args === undefined || args === null) {
    return [];
  }
  if (!Array.isArray(args)) {
    throw invalidArgument(`Invalid args: ${typeof args}. Must be an array of arguments.`);
  }
  if (2 * args.length > MAX_TEXT) {
    throw textTooLong(2 * args.length);
  }
  const isOrdinary = Object.getPrototypeOf(args) === Array.prototype && !('toJSON' in args);
  return isOrdinary ? args : itemsOf(args);
}

function itemsOf(args: readonly unknown[]): unknown[] {
  const items: unknown[] = [];
  // By index: an array may have an iterator of its own, and this array must get no methods.
  for (let index = 0; index < args.length; index += 1) {
    items[index] = readAt(args, index);
  }
  return withoutForm(items);
}

function readAt(args: readonly unknown[], index: number): unknown {
  try {
    return args[index];
  } catch (error) {
    throw notSerializable(`args[${index}]`, `getter threw: ${describe(error)}`);
  }
}

/** A result: JSON text; or that, the prefix of the placeholders in it, and the buffers they stand for. */
export type Reply =
  | string
  | [json: string, placeholderPrefix: string, ...buffers: (string | ArrayBuffer)[]];

/** The value of a reply. Throws if it is invalid. */
export function decodeResult(reply: Reply): unknown {
  return typeof reply === 'string' ? JSON.parse(reply) : withBuffers(reply);
}

/** Puts the buffers in the place of their placeholders. */
function withBuffers([json, prefix, ...buffers]: Exclude<Reply, string>): unknown {
  const root: [unknown] = [JSON.parse(json)];
  const containers: object[] = [root];
  const unused: (string | ArrayBuffer | undefined)[] = buffers;
  let missing = buffers.length;
  // Breadth first: buffers are usually near the root, and the search ends with the last of them.
  for (const container of containers) {
    for (const key of Array.isArray(container) ? container.keys() : Object.keys(container)) {
      const value: unknown = Reflect.get(container, key);
      if (typeof value === 'object' && value !== null) {
        containers.push(value);
      } else if (typeof value === 'string' && value.startsWith(prefix)) {
        Reflect.set(container, key, takeBuffer(value.slice(prefix.length), unused));
        missing -= 1;
        if (missing === 0) {
          return root[0];
        }
      }
    }
  }
  return root[0];
}

/**
 * Takes the buffer that a placeholder refers to. Each is there once: a short result could otherwise be
 * gigabytes here.
 *
 * @param reference index of the buffer; for an array also its dtype and shape
 */
function takeBuffer(reference: string, unused: (string | ArrayBuffer | undefined)[]): unknown {
  const [index, dtype, ...shape] = reference.split(' ');
  const buffer = unused[Number(index)];
  if (buffer === undefined) {
    throw new Error(`there is no buffer ${index}, or it was used before`);
  }
  unused[Number(index)] = undefined;
  if (typeof buffer === 'string') {
    return buffer;
  }
  return dtype === undefined ? Buffer.from(buffer) : toArray(buffer, dtype, shape.map(Number));
}
