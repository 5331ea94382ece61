// Arguments -> JSON, as `JSON.stringify` does it, with three additions: binary values become out-of-band
// buffers, references that close a cycle are left out, and a BigInt arrives as a Python int. Only values
// that need one of these take the slow path, which also finds out why `JSON.stringify` threw, and where.

import { randomUUID } from 'node:crypto';
import {
  isBigIntObject,
  isBooleanObject,
  isBoxedPrimitive,
  isNativeError,
  isNumberObject,
  isStringObject,
} from 'node:util/types';
import { type Binary, isBinary, toBytes, unshared } from './arrays.js';
import type { Buffers, Path } from './buffers.js';
import { isPythonPoolError, type PythonPoolError } from './errors.js';
import { describe, notSerializable } from './failures.js';
import type { Log } from './log.js';
import { withoutForm } from './own.js';
import { OverLimit, textTooLong } from './room.js';

/** Pools, known by their log, that have logged that a cycle was left out. */
const warned = new WeakSet<Log>();

export function stringify(args: readonly unknown[], log: Log, buffers: Buffers): string {
  try {
    return JSON.stringify(args);
  } catch (error) {
    if (isTooLong(error)) {
      throw textTooLong();
    }
    return stringifySlowly(args, log, buffers);
  }
}

/** Like `stringify`, for any values. */
export function stringifySlowly(args: readonly unknown[], log: Log, buffers: Buffers): string {
  const copier = new Copier(buffers);
  const json = copier.stringify(args);
  if (copier.firstCycle && !warned.has(log)) {
    warned.add(log);
    log(
      'warn',
      `Left out of the arguments: ${copier.firstCycle} refers to an object that contains it.`,
    );
  }
  return json;
}

/** V8's error for a string beyond its limit. */
function isTooLong(error: unknown): boolean {
  return (
    isNativeError(error) && error.name === 'RangeError' && /string length/i.test(error.message)
  );
}

/** A copy, and the length of its JSON, at least. */
interface Copied {
  readonly copy: object;
  readonly text: number;
}

/**
 * Copies values into what `JSON.stringify` takes. A value that is there many times is copied once, and counted
 * as often as it is there.
 */
class Copier {
  firstCycle: string | undefined;
  readonly #buffers: Buffers;
  readonly #ancestors = new Set<object>();
  /** Copies that are the same wherever their value is: no cycle was cut in them, and they have no buffers. */
  readonly #copies = new Map<object, Copied>();
  #cuts = 0;
  /** The keys from the array of arguments to the value that is being copied. */
  readonly #path: Path = [];
  readonly #bigIntPrefix = `bigint:${randomUUID()}:`;
  #hasBigInt = false;

  constructor(buffers: Buffers) {
    this.#buffers = buffers;
  }

  stringify(args: readonly unknown[]): string {
    let copy: unknown;
    try {
      copy = this.#copy(args, '');
      const json = JSON.stringify(copy);
      return this.#hasBigInt
        ? json.replaceAll(new RegExp(`"${this.#bigIntPrefix}(-?\\d+)"`, 'g'), '$1')
        : json;
    } catch (error) {
      if (isPythonPoolError(error) || error instanceof OverLimit) {
        throw error;
      }
      if (isTooLong(error)) {
        throw textTooLong();
      }
      throw error instanceof RangeError
        ? notSerializable(this.#buffers.rootOf(this.#path), 'nested too deeply')
        : this.#refusal('it cannot be read', error);
    }
  }

  #copy(value: unknown, key: string): unknown {
    const plain = this.#unbox(this.#callToJson(value, key));
    if (typeof plain === 'string') {
      this.#buffers.room.addText(plain.length + 2);
    }
    if (typeof plain === 'bigint') {
      this.#hasBigInt = true;
      return this.#bigIntPrefix + plain;
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
      this.#cuts += 1;
      return undefined;
    }
    return this.#copyOnce(plain);
  }

  #copyOnce(plain: object): object {
    const room = this.#buffers.room;
    const known = this.#copies.get(plain);
    if (known) {
      room.addText(known.text);
      return known.copy;
    }
    const before = { text: room.text, cuts: this.#cuts, buffers: this.#buffers.list?.length };
    room.addCopy();
    this.#ancestors.add(plain);
    const copy = Array.isArray(plain) ? this.#copyArray(plain) : this.#copyObject(plain);
    this.#ancestors.delete(plain);
    if (this.#cuts === before.cuts && this.#buffers.list?.length === before.buffers) {
      this.#copies.set(plain, { copy, text: room.text - before.text });
    }
    return copy;
  }

  #copyArray(array: unknown[]): unknown[] {
    const copy: unknown[] = [];
    this.#buffers.room.addText(1 + 2 * array.length);
    for (let index = 0; index < array.length; index += 1) {
      this.#path.push(index);
      copy[index] = this.#copy(this.#read(array, index), String(index));
      this.#path.pop();
    }
    return withoutForm(copy);
  }

  #copyObject(object: object): object {
    const copy: Record<string, unknown> = {};
    this.#buffers.room.addText(2);
    for (const key of this.#try('its keys cannot be read', () => Object.keys(object))) {
      this.#path.push(key);
      const value = this.#copy(this.#read(object, key), key);
      this.#path.pop();
      if (value !== undefined) {
        this.#buffers.room.addText(key.length + 4);
      }
      if (key in copy) {
        // `__proto__` and the like: an assignment might call a setter, or fail.
        Object.defineProperty(copy, key, { value, enumerable: true });
      } else {
        copy[key] = value;
      }
    }
    return withoutForm(copy);
  }

  #takeOut(binary: Binary): null {
    const { bytes, format, shape } = this.#try('its bytes cannot be read', () => toBytes(binary));
    this.#buffers.room.addBinary(bytes.length);
    return this.#buffers.add([...this.#path], unshared(bytes), format, shape);
  }

  #callToJson(value: unknown, key: string): unknown {
    if ((typeof value !== 'object' && typeof value !== 'bigint') || value === null) {
      return value;
    }
    if (isBinary(value)) {
      return value; // the toJSON of a Buffer is slow
    }
    const toJson = this.#read(value, 'toJSON');
    return typeof toJson === 'function'
      ? this.#try('toJSON threw', () => toJson.call(value, key))
      : value;
  }

  /** Unwraps `new Number(1)` and the like, of any realm, as `JSON.stringify` does. */
  #unbox(value: unknown): unknown {
    return typeof value === 'object' && !isOrdinary(value) && isBoxedPrimitive(value)
      ? this.#try('its value cannot be read', () => unbox(value))
      : value;
  }

  #read(object: object | bigint, key: string | number): unknown {
    try {
      return (object as Record<string | number, unknown>)[key];
    } catch (error) {
      throw this.#refusal('getter threw', error);
    }
  }

  /** Runs `body`; if that throws, the value is refused for the reason `failure`. */
  #try<T>(failure: string, body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw this.#refusal(failure, error);
    }
  }

  #refusal(failure: string, error: unknown): PythonPoolError {
    return notSerializable(this.#where(), `${failure}: ${describe(error)}`);
  }

  #where(): string {
    return this.#buffers.nameOf(this.#path);
  }
}

/** Whether it is a plain object or an array of this realm, or null: the usual cases. */
function isOrdinary(value: object | null): boolean {
  const prototype: unknown = value && Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || prototype === Array.prototype;
}

function unbox(value: object): unknown {
  if (isNumberObject(value)) {
    return Number(value);
  }
  if (isStringObject(value)) {
    return String(value);
  }
  if (isBooleanObject(value)) {
    return Boolean.prototype.valueOf.call(value);
  }
  return isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : value;
}
