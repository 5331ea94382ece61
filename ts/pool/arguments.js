'use strict';

// Arguments -> JSON, as `JSON.stringify` has it, with three additions: binary values are taken out,
// a reference that closes a cycle is left out, and a BigInt arrives as a Python int. The latter two
// make `JSON.stringify` throw, and `isPlain` looks for the first, so that only then does the slow way
// below walk the values; it also finds what else threw, and where.

const { randomUUID } = require('node:crypto');
const { isBinary, toBytes } = require('./arrays.js');
const { invalidArgument, makeError, notSerializable } = require('./errors.js');

/** Levels up to which `isPlain` looks: more than most Pythons read. */
const DEEPEST = 1000;

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
 * Whether a value holds no binary value, nor a `toJSON` that might return one. It is asked of every
 * argument of every call: it must be quick to say yes, and may say no where the slow way finds none.
 * Getters are read here, and again by what makes the text.
 */
function isPlain(value) {
  try {
    return typeof value !== 'object' || value === null || hasPlainItems(value, 0);
  } catch {
    return false; // a getter threw: the slow way tells which
  }
}

function hasPlainItems(object, depth) {
  if (ArrayBuffer.isView(object) || depth === DEEPEST) {
    return false;
  }
  if (Array.isArray(object)) {
    for (let index = 0; index < object.length; index += 1) {
      const item = object[index];
      if (typeof item === 'object' && item !== null && !hasPlainItems(item, depth + 1)) {
        return false;
      }
    }
    return true;
  }
  if (hasClass(object) && (isBinary(object) || (object.toJSON && !(object instanceof Date)))) {
    return false;
  }
  for (const key in object) {
    const item = object[key];
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

/** Whether it is no plain object. Those of other realms have a prototype that has none, too. */
function hasClass(object) {
  const prototype = Object.getPrototypeOf(object);
  return (
    prototype !== Object.prototype &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) !== null
  );
}

/**
 * @param {readonly unknown[]} args
 * @param {Function} log the pool's log function
 * @param {object} parts where binary values are put
 * @returns {string} the JSON text of the array
 */
function stringify(args, log, parts) {
  try {
    return JSON.stringify(args);
  } catch {
    return stringifySlowly(args, log, parts);
  }
}

/** As `stringify`, also of what is not plain. */
function stringifySlowly(args, log, parts) {
  const copier = new Copier(parts);
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
  #parts;
  #ancestors = new Set();
  /** The keys from the array of arguments to the value that is being copied. */
  #path = [];
  #bigIntMark = `bigint:${randomUUID()}:`;
  #hasBigInt = false;

  constructor(parts) {
    this.#parts = parts;
  }

  stringify(args) {
    try {
      const text = JSON.stringify(this.#copy(args, ''));
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

  #copy(value, key) {
    const plain = unbox(this.#callToJson(value, key));
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
    if (isBinary(plain)) {
      return this.#takeOut(plain);
    }
    if (this.#ancestors.has(plain)) {
      this.firstCycle ??= this.#where();
      return undefined;
    }
    this.#ancestors.add(plain);
    const copy = Array.isArray(plain) ? this.#copyArray(plain) : this.#copyObject(plain);
    this.#ancestors.delete(plain);
    return copy;
  }

  #copyArray(array) {
    return Array.from(array, (item, index) => {
      this.#path.push(index);
      const copy = this.#copy(item, String(index));
      this.#path.pop();
      return copy;
    });
  }

  #copyObject(object) {
    const copy = {};
    for (const key of this.#try('its keys can not be read', () => Object.keys(object))) {
      this.#path.push(key);
      const value = this.#copy(this.#read(object, key), key);
      this.#path.pop();
      if (key === '__proto__') {
        Object.defineProperty(copy, key, { value, enumerable: true });
      } else {
        copy[key] = value;
      }
    }
    return copy;
  }

  #takeOut(binary) {
    const { bytes, format } = this.#try('its bytes can not be read', () => toBytes(binary));
    return this.#parts.add([...this.#path], bytes, format);
  }

  #callToJson(value, key) {
    if ((typeof value !== 'object' && typeof value !== 'bigint') || value === null) {
      return value;
    }
    if (isBinary(value)) {
      return value; // that of a Buffer takes long
    }
    const toJson = this.#read(value, 'toJSON');
    return typeof toJson === 'function'
      ? this.#try('toJSON threw', () => toJson.call(value, key))
      : value;
  }

  #read(object, key) {
    try {
      return object[key];
    } catch (error) {
      throw this.#refusal('getter threw', error);
    }
  }

  /** What `body` returns; when it throws, that the value is refused for that reason. */
  #try(failure, body) {
    try {
      return body();
    } catch (error) {
      throw this.#refusal(failure, error);
    }
  }

  #refusal(failure, error) {
    return notSerializable(this.#where(), `${failure}: ${describe(error)}`);
  }

  #where() {
    const steps = this.#path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`));
    return `args${steps.join('')}`;
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

module.exports = { checkArguments, isPlain, stringify, stringifySlowly };
