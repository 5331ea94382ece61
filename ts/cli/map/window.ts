/** A call that has its outcome sooner says that there may be more of them at a time, ... */
const SHORT_MS = 5;
/** ... and one that has it later, that there are too many. */
const LONG_MS = 20;
/** What a worker of the pool takes at a time, at most. */
const MOST_FOR_WORKER = 64;

/**
 * How many calls are made at a time. Long ones: as many as there are workers. Short ones: more, so that
 * no worker waits for the next.
 */
export class Window {
  #least: number;
  #most: number;
  #size: number;

  constructor(workers: number) {
    this.#least = workers;
    this.#most = workers * MOST_FOR_WORKER;
    this.#size = workers;
  }

  get size(): number {
    return this.#size;
  }

  /** A call had its outcome `ms` after it was made. */
  learn(ms: number): void {
    if (ms < SHORT_MS) {
      this.#size = Math.min(this.#size + 1, this.#most);
    } else if (ms > LONG_MS) {
      this.#size = Math.max(Math.floor(this.#size / 2), this.#least);
    }
  }
}
