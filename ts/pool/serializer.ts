// Arguments -> JSON, as `JSON.stringify` does it, with three additions: binary values become out-of-band
// buffers, references that close a cycle are left out, and a BigInt arrives as a Python int. Only values
// that need one of these take the slow path, which also finds out why `JSON.stringify` threw, and where.

import { constants } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { type Binary, isBinary, toBytes } from './arrays.js';
import type { Buffers } from './buffers.js';
import { PythonPoolError } from './errors.js';
import { notSerializable } from './failures.js';
import { jsonSize } from './json-size.js';
import type { Log } from './logger.js';

/** Pools, known by their log, that have logged that a cycle was left out. */
const warned = new WeakSet<Log>();

/** @param roots what the values are called, if not `args[0]`, `args[1]`, ... */
export function stringify(
  args: readonly unknown[],
  log: Log,
  buffers: Buffers,
  roots?: readonly string[],
): string {
  try {
    return JSON.stringify(args);
  } catch {
    return stringifySlowly(args, log, buffers, roots);
  }
}

/** Like `stringify`, for any values. */
export function stringifySlowly(
  args: readonly unknown[],
  log: Log,
  buffers: Buffers,
  roots?: readonly string[],
): string {
  const copier = new Copier(buffers, roots);
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

/** Copies values into what `JSON.stringify` takes. */
class Copier {
  firstCycle: string | undefined;
  readonly #buffers: Buffers;
  readonly #roots: readonly string[] | undefined;
  readonly #ancestors = new Set<object>();
  /** The keys from the array of arguments to the value that is being copied. */
  readonly #path: (string | number)[] = [];
  readonly #bigIntPrefix = `bigint:${randomUUID()}:`;
  #hasBigInt = false;

  constructor(buffers: Buffers, roots: readonly string[] | undefined) {
    this.#buffers = buffers;
    this.#roots = roots;
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
      if (!(error instanceof RangeError)) {
        throw error;
      }
      if (/string length/i.test(error.message)) {
        throw new PythonPoolError(
          'The arguments of the call are longer than a JavaScript string can be.',
          {
            code: 'ERR_PAYLOAD_TOO_LARGE',
            size: jsonSize(copy),
            limit: constants.MAX_STRING_LENGTH,
          },
        );
      }
      throw notSerializable('args', 'nested too deeply');
    }
  }

  #copy(value: unknown, key: string): unknown {
    const plain = unbox(this.#callToJson(value, key));
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
      return undefined;
    }
    this.#ancestors.add(plain);
    const copy = Array.isArray(plain) ? this.#copyArray(plain) : this.#copyObject(plain);
    this.#ancestors.delete(plain);
    return copy;
  }

  #copyArray(array: unknown[]): unknown[] {
    return Array.from(array, (item, index) => {
      this.#path.push(index);
      const copy = this.#copy(item, String(index));
      this.#path.pop();
      return copy;
    });
  }

  #copyObject(object: object): object {
    const copy: Record<string, unknown> = {};
    for (const key of this.#try('its keys cannot be read', () => Object.keys(object))) {
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

  #takeOut(binary: Binary): null {
    const { bytes, format, shape } = this.#try('its bytes cannot be read', () => toBytes(binary));
    return this.#buffers.add([...this.#path], bytes, format, shape);
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

  #read(object: object | bigint, key: string): unknown {
    try {
      return (object as Record<string, unknown>)[key];
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
    const [first, ...rest] = this.#path;
    const root = this.#roots?.[first as number];
    const steps = (root === undefined ? this.#path : rest).map((key) =>
      typeof key === 'number' ? `[${key}]` : `.${key}`,
    );
    return `${root ?? 'args'}${steps.join('')}`;
  }
}

/** Unwraps `new Number(1)` and the like, as `JSON.stringify` does. */
function unbox(value: unknown): unknown {
  return value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean ||
    value instanceof BigInt
    ? value.valueOf()
    : value;
}

function describe(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'a value that has no text';
  }
}
