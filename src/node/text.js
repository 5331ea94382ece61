'use strict';

// What the native side takes and gives: JSON text, with long strings beside it, which spares both
// sides to escape them and to look for their end.

const { checkArguments, stringify } = require('./arguments.js');

/** Strings of this length and more, in UTF-16 units, do not go through JSON. */
const LONG = 2 * 1024;

/**
 * The arguments as text: JSON with `null` in the place of long strings, and these with their indices.
 * @param {readonly unknown[] | null | undefined} args
 * @param {Function} log the pool's log function
 */
function toText(args, log) {
  const list = checkArguments(args);
  for (let index = 0; index < list.length; index += 1) {
    if (isLong(list[index])) {
      return takeOutStrings(list, log);
    }
  }
  return { text: stringify(list, log) };
}

function takeOutStrings(args, log) {
  const indices = [...args.keys()].filter((index) => isLong(args[index]));
  const strings = indices.map((index) => args[index]);
  const text = stringify(
    args.map((argument) => (isLong(argument) ? null : argument)),
    log,
  );
  return { text, indices, strings };
}

function isLong(value) {
  return typeof value === 'string' && value.length >= LONG;
}

/**
 * The value of a reply: JSON text, or parts as `Deferred::resolve` in `raw.rs` puts them. Throws when
 * it is none.
 */
function fromText(reply) {
  return typeof reply === 'string' ? JSON.parse(reply) : fromParts(reply);
}

function fromParts(reply) {
  if (reply.length === 1) {
    return reply[0];
  }
  const value = JSON.parse(reply[0]);
  for (let index = 1; index < reply.length; index += 2) {
    // Not an assignment, which has a meaning of its own for `__proto__`.
    Object.defineProperty(value, reply[index], {
      value: reply[index + 1],
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return value;
}

module.exports = { fromText, toText };
