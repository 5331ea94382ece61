// Items that have arrived and were not taken yet.

import type { Items } from './items.js';

/** From so many bytes that were taken, Python is told: half of what it may send ahead. */
const BYTES_PER_CREDIT = 128 * 1024;

/** Tells Python that so many items were taken. */
export type Credit = (items: number, bytes: number) => void;

export class ItemBuffer {
  readonly #itemsPerCredit: number;
  readonly #credit: Credit;
  #first: Items | undefined;
  #last: Items | undefined;
  /** What was taken since Python was told. */
  #items = 0;
  #bytes = 0;

  /** @param window how many items Python may be ahead */
  constructor(window: number, credit: Credit) {
    this.#itemsPerCredit = Math.ceil(window / 2);
    this.#credit = credit;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(items: Items): void {
    if (this.#last) {
      this.#last.next = items;
    } else {
      this.#first = items;
    }
    this.#last = items;
  }

  /** Takes the next item; undefined if there is none. Throws if it is invalid. */
  take(): unknown {
    const items = this.#first;
    if (items === undefined) {
      return undefined;
    }
    try {
      return items.take();
    } finally {
      if (items.left === 0) {
        this.#shift(items);
      }
      this.#count(1);
    }
  }

  /** Takes all items. */
  discard(): void {
    for (let items = this.#first; items; items = this.#first) {
      this.#shift(items);
      this.#count(items.left);
    }
  }

  /** Drops all items for good: Python is told nothing. */
  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
  }

  #shift({ bytes, next }: Items): void {
    this.#first = next;
    this.#last = next && this.#last;
    this.#bytes += bytes;
  }

  #count(items: number): void {
    this.#items += items;
    if (this.#items >= this.#itemsPerCredit || this.#bytes >= BYTES_PER_CREDIT) {
      const bytes = this.#bytes;
      const taken = this.#items;
      this.#items = 0;
      this.#bytes = 0;
      this.#credit(taken, bytes);
    }
  }
}
