'use strict';

// Arguments -> JSON, as `JSON.stringify` has it, with two additions: a reference that closes a
// cycle is left out, and a BigInt arrives as a Python int. Both make `JSON.stringify` throw, so
// only then does the slow way below walk the values; it also finds what else threw, and where.

const { randomUUID } = require('node:crypto');
const { invalidArgument, makeError, notSerializable } = require('./errors.js');

/** Logs that a cycle was left out, once for each pool. */
const warned = new WeakSet();

/** The array of arguments; none is an empty one. */
function checkArguments(args) {
  if (args === undefined || args === null) {
    return [];
  }
  if (!Array.isArray(args)) {
    throw invalidArgument(`Invalid args: ${typeof args}. Must be an array of arguments.`);
  }
  return args;
}

/**
 * @param {readonly unknown[]} args
 * @param {Function} log the pool's log function
 * @returns {string} the JSON text of the array
 */
function stringify(args, log) {
  try {
    return JSON.stringify(args);
  } catch {
    return stringifySlowly(args, log);
  }
}

function stringifySlowly(args, log) {
  const copier = new Copier();
  const text = copier.stringify(args);
  if (copier.firstCycle && !warned.has(log)) {
    warned.add(log);
    log(
      'warn',
      `Left out of the arguments: ${copier.firstCycle} refers to an object that contains it.`,
    );
  }
  return text;
}

/** Copies values into what `JSON.stringify` takes. */
class Copier {
  firstCycle;
  #ancestors = new Set();
  #bigIntMark = `bigint:${randomUUID()}:`;
  #hasBigInt = false;

  stringify(args) {
    try {
      const text = JSON.stringify(this.#copy(args, '', 'args'));
      return this.#hasBigInt
        ? text.replaceAll(new RegExp(`"${this.#bigIntMark}(-?\\d+)"`, 'g'), '$1')
        : text;
    } catch (error) {
      if (!(error instanceof RangeError)) {
        throw error;
      }
      if (/string length/i.test(error.message)) {
        const message = 'The arguments of the call are longer than a JavaScript string can be.';
        throw makeError({ code: 'ERR_PAYLOAD_TOO_LARGE', message });
      }
      throw notSerializable('args', 'nested too deeply');
    }
  }

  #copy(value, key, path) {
    const plain = unbox(callToJson(value, key, path));
    if (typeof plain === 'bigint') {
      this.#hasBigInt = true;
      return this.#bigIntMark + plain;
    }
    if (typeof plain === 'function') {
      return undefined; // a function called toJSON would be called a second time
    }
    if (typeof plain !== 'object' || plain === null) {
      return plain;
    }
    if (this.#ancestors.has(plain)) {
      this.firstCycle ??= path;
      return undefined;
    }
    this.#ancestors.add(plain);
    const copy = Array.isArray(plain)
      ? this.#copyArray(plain, path)
      : this.#copyObject(plain, path);
    this.#ancestors.delete(plain);
    return copy;
  }

  #copyArray(array, path) {
    return Array.from(array, (item, index) => this.#copy(item, String(index), `${path}[${index}]`));
  }

  #copyObject(object, path) {
    const copy = Object.create(null);
    for (const key of keysOf(object, path)) {
      const inner = `${path}.${key}`;
      copy[key] = this.#copy(read(object, key, inner), key, inner);
    }
    return copy;
  }
}

function read(object, key, path) {
  try {
    return object[key];
  } catch (error) {
    throw notSerializable(path, `getter threw: ${describe(error)}`);
  }
}

function keysOf(object, path) {
  try {
    return Object.keys(object);
  } catch (error) {
    throw notSerializable(path, `its keys can not be read: ${describe(error)}`);
  }
}

function callToJson(value, key, path) {
  if ((typeof value !== 'object' && typeof value !== 'bigint') || value === null) {
    return value;
  }
  const toJson = read(value, 'toJSON', path);
  if (typeof toJson !== 'function') {
    return value;
  }
  try {
    return toJson.call(value, key);
  } catch (error) {
    throw notSerializable(path, `toJSON threw: ${describe(error)}`);
  }
}

/** `new Number(1)` and the like, as `JSON.stringify` takes them. */
function unbox(value) {
  return value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean ||
    value instanceof BigInt
    ? value.valueOf()
    : value;
}

function describe(error) {
  try {
    return String(error);
  } catch {
    return 'something that is no text';
  }
}

module.exports = { checkArguments, stringify };
