const SHORT_MS = 5;
const LONG_MS = 20;

/**
 * How many calls to have in flight: few while they are slow, as more would only wait in the queue; more while
 * they are fast, so that no worker waits for its next call.
 */
export class Window {
  readonly #min: number;
  readonly #max: number;
  readonly #shortMs: number;
  readonly #longMs: number;
  #size: number;

  /**
   * @param min the size at first, and for slow calls
   * @param shortMs a call faster than this widens the window
   * @param longMs a call slower than this narrows it
   */
  constructor(min: number, max: number, shortMs = SHORT_MS, longMs = LONG_MS) {
    this.#min = min;
    this.#max = max;
    this.#shortMs = shortMs;
    this.#longMs = longMs;
    this.#size = min;
  }

  get size(): number {
    return this.#size;
  }

  /** Records that a call took `ms`. */
  record(ms: number): void {
    if (ms < this.#shortMs) {
      this.#size = Math.min(this.#size + 1, this.#max);
    } else if (ms > this.#longMs) {
      this.#size = Math.max(Math.floor(this.#size / 2), this.#min);
    }
  }
}
