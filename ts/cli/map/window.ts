/** A call faster than this widens the window. */
const SHORT_MS = 5;
/** A call slower than this narrows it. */
const LONG_MS = 20;
/** Maximum number of calls that a worker prefetches. */
const MAX_PER_WORKER = 64;

/**
 * The number of calls in flight: for slow calls, the number of workers; for fast ones more, so that no worker
 * waits for its next call.
 */
export class Window {
  #min: number;
  #max: number;
  #size: number;

  constructor(workers: number) {
    this.#min = workers;
    this.#max = workers * MAX_PER_WORKER;
    this.#size = workers;
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
