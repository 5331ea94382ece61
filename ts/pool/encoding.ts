// What crosses to the native side and back: JSON text with out-of-band buffers beside it (the idea of
// PEP 574). A buffer is a binary value, or a long string, which then need not be escaped and scanned.

import { toArray } from './arrays.js';
import { Buffers } from './buffers.js';
import { invalidArgument } from './failures.js';
import type { Log } from './logger.js';
import { isPlain } from './plain.js';
import { stringify, stringifySlowly } from './serializer.js';

/** Strings of this length and more, in UTF-16 units, are out-of-band buffers. */
const LONG_STRING = 2 * 1024;

export interface EncodedArguments {
  /** The arguments as a JSON array, with `null` in the place of each buffer. */
  json: string;
  /** The places of the buffers, in JSON, if there are any. */
  paths?: string;
  buffers?: (string | Uint8Array)[] | undefined;
}

/** @param kwargs keyword arguments, if there are any: then `json` is an array of both */
export function encodeArguments(
  args: readonly unknown[] | null | undefined,
  kwargs: Record<string, unknown> | undefined,
  log: Log,
): EncodedArguments {
  let list = checkArguments(args);
  if (kwargs !== undefined) {
    return encodeWithKeywords(list, kwargs, log);
  }
  let hasLong = false;
  let plain = true;
  for (const argument of list) {
    if (typeof argument === 'string') {
      hasLong ||= argument.length >= LONG_STRING;
    } else {
      plain &&= isPlain(argument);
    }
  }
  const buffers = new Buffers();
  if (hasLong) {
    list = list.map((argument, index) =>
      typeof argument === 'string' && argument.length >= LONG_STRING
        ? buffers.add([index], argument, null)
        : argument,
    );
  }
  const json = plain ? stringify(list, log, buffers) : stringifySlowly(list, log, buffers);
  return buffers.isEmpty
    ? { json }
    : { json, paths: JSON.stringify(buffers.paths), buffers: buffers.list };
}

function encodeWithKeywords(
  args: readonly unknown[],
  kwargs: Record<string, unknown>,
  log: Log,
): EncodedArguments {
  const buffers = new Buffers();
  const takeOut = (path: [number, number | string], value: unknown): unknown =>
    typeof value === 'string' && value.length >= LONG_STRING
      ? buffers.add(path, value, null)
      : value;
  const both = [
    args.map((argument, index) => takeOut([0, index], argument)),
    Object.fromEntries(
      Object.entries(kwargs).map(([key, value]) => [key, takeOut([1, key], value)]),
    ),
  ];
  const encode = isPlain(both) ? stringify : stringifySlowly;
  const json = encode(both, log, buffers, ['args', 'kwargs']);
  return { json, paths: JSON.stringify(buffers.paths ?? []), buffers: buffers.list };
}

function checkArguments(args: unknown): readonly unknown[] {
  if (args === undefined || args === null) {
    return [];
  }
  if (!Array.isArray(args)) {
    throw invalidArgument(`Invalid args: ${typeof args}. Must be an array of arguments.`);
  }
  return args;
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
  let missing = buffers.length;
  // Breadth first: buffers are usually near the root, and the search ends with the last of them.
  for (const container of containers) {
    for (const key of Array.isArray(container) ? container.keys() : Object.keys(container)) {
      const value: unknown = Reflect.get(container, key);
      if (typeof value === 'object' && value !== null) {
        containers.push(value);
      } else if (typeof value === 'string' && value.startsWith(prefix)) {
        Reflect.set(container, key, bufferOf(value.slice(prefix.length), buffers));
        missing -= 1;
        if (missing === 0) {
          return root[0];
        }
      }
    }
  }
  return root[0];
}

/** @param reference index of the buffer; for an array also its dtype and shape */
function bufferOf(reference: string, buffers: (string | ArrayBuffer)[]): unknown {
  const [index, dtype, ...shape] = reference.split(' ');
  const buffer = buffers[Number(index)];
  if (buffer === undefined) {
    throw new Error(`there is no buffer ${index}`);
  }
  if (typeof buffer === 'string') {
    return buffer;
  }
  return dtype === undefined ? Buffer.from(buffer) : toArray(buffer, dtype, shape.map(Number));
}
