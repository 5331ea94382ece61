// Items that have arrived and were not taken yet.

import type { Reply } from './encoding.js';

/** From so many bytes that were taken, Python is told: half of what it may send ahead. */
const BYTES_PER_CREDIT = 128 * 1024;

/** Tells Python that so many items were taken. */
export type Credit = (items: number, bytes: number) => void;

/** Consecutive items that arrived together. */
interface Delivery {
  readonly replies: (Reply | undefined)[];
  /** Their size as they were sent. */
  readonly bytes: number;
  next: Delivery | undefined;
}

export class ItemBuffer {
  readonly #itemsPerCredit: number;
  readonly #credit: Credit;
  #first: Delivery | undefined;
  #last: Delivery | undefined;
  /** The index of the next item in the first delivery. */
  #index = 0;
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

  /** @param replies at least one; they belong to the buffer from now on */
  add(replies: Reply[], bytes: number): void {
    const delivery = { replies, bytes, next: undefined };
    if (this.#last) {
      this.#last.next = delivery;
    } else {
      this.#first = delivery;
    }
    this.#last = delivery;
  }

  /** Takes the next item; undefined if there is none. */
  take(): Reply | undefined {
    const delivery = this.#first;
    if (delivery === undefined) {
      return undefined;
    }
    const { replies } = delivery;
    const reply = replies[this.#index];
    replies[this.#index] = undefined; // It may be large, and the delivery is kept until its last item is taken.
    this.#index += 1;
    if (this.#index === replies.length) {
      this.#shift(delivery);
    }
    this.#count(1);
    return reply;
  }

  /** Takes all items. */
  discard(): void {
    for (let delivery = this.#first; delivery; delivery = this.#first) {
      const left = delivery.replies.length - this.#index;
      this.#shift(delivery);
      this.#count(left);
    }
  }

  /** Drops all items for good: Python is told nothing. */
  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
  }

  #shift({ bytes, next }: Delivery): void {
    this.#first = next;
    this.#last = next && this.#last;
    this.#index = 0;
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
