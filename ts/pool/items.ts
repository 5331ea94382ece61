// Consecutive items of a stream, as they arrive.

import { decodeResult, type Reply } from './encoding.js';

/** Between two items in the JSON array of several. There is none in what Python's encoder makes of one. */
const SEPARATOR = ',\n';

/** At least one item. They are parsed when the first of them is taken. */
export class Items {
  /** Their size as they were sent. */
  readonly bytes: number;
  next: Items | undefined;
  #reply: Reply | undefined;
  #values: unknown[] | undefined;
  /** The texts of the items that are not parsed yet, if they are no JSON array. */
  #texts: string[] | undefined;
  readonly #count: number;
  #taken = 0;

  /** @param reply that of a single item, or the JSON array of several, a line for each */
  constructor(reply: Reply, count: number, bytes: number) {
    this.#reply = reply;
    this.#count = count;
    this.bytes = bytes;
  }

  /** How many were not taken. */
  get left(): number {
    return this.#count - this.#taken;
  }

  /** The next item. Throws if it is invalid. */
  take(): unknown {
    const index = this.#taken;
    this.#taken += 1;
    if (this.#reply !== undefined) {
      const reply = this.#reply;
      this.#reply = undefined;
      if (this.#count === 1) {
        return decodeResult(reply);
      }
      this.#parse(reply as string);
    }
    if (this.#texts) {
      return JSON.parse(this.#texts[index] as string);
    }
    const values = this.#values as unknown[];
    const value = values[index];
    values[index] = undefined; // It may be large, and is not needed here any more.
    return value;
  }

  #parse(text: string): void {
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch {
      // One of them is invalid: see below.
    }
    if (Array.isArray(values) && values.length === this.#count) {
      this.#values = values;
    } else {
      this.#texts = text.slice(1, -1).split(SEPARATOR);
    }
  }
}
