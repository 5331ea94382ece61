'use strict';

// What the native side takes and gives: JSON text, with parts beside it. Parts are long strings, which
// spares both sides to escape them and to look for their end, and binary values.

const { checkArguments, isPlain, stringify, stringifySlowly } = require('./arguments.js');
const { toArray } = require('./arrays.js');

/** Strings of this length and more, in UTF-16 units, do not go through JSON. */
const LONG = 2 * 1024;

/**
 * The arguments as text; where there are parts, the JSON has `null` in the place of each, and `places`
 * tells where that is.
 * @param {readonly unknown[] | null | undefined} args
 * @param {Function} log the pool's log function
 * @returns {{ text: string, places?: string, parts?: (string | Uint8Array)[] }}
 */
function toText(args, log) {
  let list = checkArguments(args);
  let long = false;
  let plain = true;
  for (const argument of list) {
    if (typeof argument === 'string') {
      long ||= argument.length >= LONG;
    } else {
      plain &&= isPlain(argument);
    }
  }
  const parts = new Parts();
  if (long) {
    list = list.map((argument, index) =>
      typeof argument === 'string' && argument.length >= LONG
        ? parts.add([index], argument, null)
        : argument,
    );
  }
  const text = plain ? stringify(list, log, parts) : stringifySlowly(list, log, parts);
  return parts.list ? { text, places: JSON.stringify(parts.places), parts: parts.list } : { text };
}

/** What is taken out of the arguments; most have nothing. */
class Parts {
  list;
  places;

  /**
   * Returns what stands in the JSON in place of the part.
   * @param {(string | number)[]} path from the array of arguments
   * @param {string | Uint8Array} part
   * @param {string | null} format as Python's `memoryview` names it; none for `str` and `bytes`
   */
  add(path, part, format) {
    this.list ??= [];
    this.places ??= [];
    this.list.push(part);
    this.places.push([path, format]);
    return null;
  }
}

/**
 * The value of a reply, as `Outcomes` of `raw.rs` has it: JSON text, or an array of that, a
 * mark and the parts. Throws when it is none.
 */
function fromText(reply) {
  return typeof reply === 'string' ? JSON.parse(reply) : fromParts(reply);
}

/** Puts the parts in the place of the strings that stand for them, which begin with the mark. */
function fromParts([text, mark, ...parts]) {
  const root = [JSON.parse(text)];
  const containers = [root];
  let missing = parts.length;
  // From the outside in: parts are usually not far, and what is left then need not be looked at.
  for (const container of containers) {
    for (const key of Array.isArray(container) ? container.keys() : Object.keys(container)) {
      const value = container[key];
      if (typeof value === 'object' && value !== null) {
        containers.push(value);
      } else if (typeof value === 'string' && value.startsWith(mark)) {
        container[key] = partOf(value.slice(mark.length), parts);
        missing -= 1;
        if (missing === 0) {
          return root[0];
        }
      }
    }
  }
  return root[0];
}

/** @param {string} reference the part's index; for an array also its dtype and shape */
function partOf(reference, parts) {
  const [index, dtype, ...shape] = reference.split(' ');
  const part = parts[Number(index)];
  if (part === undefined) {
    throw new Error(`there is no part ${index}`);
  }
  if (typeof part === 'string') {
    return part;
  }
  return dtype === undefined ? Buffer.from(part) : toArray(part, dtype, shape.map(Number));
}

module.exports = { fromText, toText };
