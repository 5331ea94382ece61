/** A call faster than this widens the window. */
const SHORT_MS = 5;
/** A call slower than this narrows it. */
const LONG_MS = 20;

/**
 * How many calls to have in flight: few while they are slow, as more would only wait in the queue; more while
 * they are fast, so that no worker waits for its next call.
 */
export class Window {
  readonly #min: number;
  readonly #max: number;
  #size: number;

  /** @param min the size at first, and for slow calls */
  constructor(min: number, max: number) {
    this.#min = min;
    this.#max = max;
    this.#size = min;
  }

  get size(): number {
    return this.#size;
  }

  /** Records that a call took `ms`. */
  record(ms: number): void {
    if (ms < SHORT_MS) {
      this.#size = Math.min(this.#size + 1, this.#max);
    } else if (ms > LONG_MS) {
      this.#size = Math.max(Math.floor(this.#size / 2), this.#min);
    }
  }
}
