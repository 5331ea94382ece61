// The limit on each wait for an item.

// Imported now, so that a test's fake timers do not stop it.
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';

const now = performance.now.bind(performance);

/** The longest delay of a timer. */
const MAX_DELAY = 2 ** 31 - 1;
/**
 * A timer that is this late, in milliseconds, was held up, as by a blocked event loop or a suspended machine: what
 * has come meanwhile must be read first.
 */
const LATE = 100;

/** Measures waits. One timer serves many of them, because most are short. */
export class ItemClock {
  readonly #limit: number;
  readonly #onTimeout: () => void;
  /** When the current wait began; undefined while there is none. */
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer should fire. */
  #due = 0;

  /** @param limit in milliseconds; `Infinity` for none */
  constructor(limit: number, onTimeout: () => void) {
    this.#limit = limit;
    this.#onTimeout = onTimeout;
  }

  /** A wait begins, unless one has begun. */
  start(): void {
    if (this.#since !== undefined || this.#limit === Number.POSITIVE_INFINITY) {
      return;
    }
    this.#since = now();
    if (this.#timer === undefined) {
      this.#arm(this.#limit);
    }
  }

  /** The wait is over. */
  stop(): void {
    this.#since = undefined;
  }

  /** There are no more waits. */
  close(): void {
    this.stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delay: number): void {
    const ms = Math.min(delay, MAX_DELAY);
    this.#due = now() + ms;
    this.#timer = setTimeout(() => this.#fire(), ms);
    this.#timer.unref();
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#since === undefined) {
      return;
    }
    const time = now();
    const left = this.#since + this.#limit - time;
    if (left > 0) {
      this.#arm(left);
    } else if (time - this.#due > LATE) {
      this.#arm(LATE);
    } else {
      this.#onTimeout();
    }
  }
}
