// How much arguments take, at least. It is counted before anything is copied: a string costs nothing to use
// twenty times, until its copies are made.

import { constants } from 'node:buffer';
import { PythonPoolError } from './errors.js';

/** The longest string that V8 makes, in UTF-16 units. */
export const MAX_TEXT: number = constants.MAX_STRING_LENGTH;

/** So many bytes are copied whatever the limit is, which gives the error their exact number. */
const CHEAP = 2 ** 20;
/** Objects, arrays and binary values of one call that are copied one by one; others are left to V8. */
const MAX_COPIES = 2 ** 23;
/** What a binary value counts among them. */
const BINARY_COPIES = 32;

/** The arguments exceed `maxPayload`. */
export class OverLimit {
  /** Their size in bytes, or some of it that exceeds the limit. */
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }
}

/** Counts what the arguments of one call take, at least. Each method throws if it is too much. */
export class Room {
  /** The most characters of JSON that there is room for. */
  readonly maxText: number;
  readonly #limit: number;
  #text = 0;
  #outOfBand = 0;
  #paths = 0;
  #copies = 0;

  /** @param limit the pool's `maxPayload` */
  constructor(limit: number) {
    this.#limit = limit;
    this.maxText = Math.min(Math.max(limit, CHEAP), MAX_TEXT);
  }

  /** Characters of JSON counted so far. */
  get text(): number {
    return this.#text;
  }

  /** Characters of JSON. */
  addText(length: number): void {
    this.#text += length;
    // V8's limit first: to raise `maxPayload` would not help.
    if (this.#text > MAX_TEXT) {
      throw textTooLong(this.#text);
    }
    this.#check(CHEAP);
  }

  /** A string or a binary value that is sent beside the JSON, of at least so many bytes. */
  addBuffer(size: number): void {
    this.#outOfBand += size;
    this.#check(CHEAP);
  }

  /** The path and the shape of such a value, of so many keys and numbers. */
  addPath(length: number): void {
    this.#paths += 2 * length; // a character and a comma
    this.#check(CHEAP);
  }

  /** An object or an array that is copied. */
  addCopy(): void {
    this.#addCopies(1);
  }

  /** A binary value that is taken out of the JSON. */
  addBinary(size: number): void {
    this.#addCopies(BINARY_COPIES);
    this.addBuffer(size);
  }

  /** The JSON and the paths as they are sent, which take the place of what was counted of them. */
  setText(length: number): void {
    this.#text = length;
    this.#paths = 0;
    this.#check(0);
  }

  #check(allowed: number): void {
    const size = this.#text + this.#outOfBand + this.#paths;
    if (size > this.#limit && size > allowed) {
      throw new OverLimit(size);
    }
  }

  #addCopies(count: number): void {
    this.#copies += count;
    if (this.#copies > MAX_COPIES) {
      throw new PythonPoolError(
        `The arguments of the call hold more than ${MAX_COPIES / BINARY_COPIES} binary values, or more ` +
          `than ${MAX_COPIES} objects beside a binary value, a BigInt or a cycle. Join them, or send them ` +
          'in several calls.',
        { code: 'ERR_PAYLOAD_TOO_LARGE', size: this.#copies, limit: MAX_COPIES },
      );
    }
  }
}

/**
 * The JSON of the arguments does not fit into a string.
 *
 * @param size its length, at least
 */
export function textTooLong(size: number = MAX_TEXT + 1): PythonPoolError {
  return new PythonPoolError(
    `The arguments of the call are longer as JSON than a string can be in JavaScript (${MAX_TEXT} ` +
      'characters), which maxPayload does not change. Send them in several calls or through a file; long ' +
      'texts as arguments of their own, and numbers as typed arrays, do not count.',
    { code: 'ERR_PAYLOAD_TOO_LARGE', size, limit: MAX_TEXT },
  );
}
