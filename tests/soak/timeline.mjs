/** The events over time: counts of events, and the memory of the process, in steps of equal length. */

const MAX_STEPS = 240;
const MIN_STEP_MS = 1_000;

export const EVENTS = ['calls', 'kill', 'stop', 'resume', 'restart'];

/**
 * @typedef {object} Step
 * @property {number} at  seconds since the start
 * @property {number} seconds  its length
 * @property {Record<string, number>} events
 * @property {number} rss  bytes, at its end
 * @property {number} heap  bytes, at its end
 */
export class Timeline {
  #start = performance.now();
  #stepStart = this.#start;
  #timer;
  #counts = noEvents();
  totals = noEvents();
  /** @type {Step[]} */
  steps = [];
  /** @type {{ at: number, name: string }[]} */
  marks = [];

  constructor(expectedMs) {
    const step = Math.max(MIN_STEP_MS, expectedMs / MAX_STEPS);
    this.#timer = setInterval(() => this.#endStep(), step).unref();
  }

  count(event) {
    this.#counts[event] += 1;
    this.totals[event] += 1;
  }

  /** Marks the start of a leg or a rest. */
  mark(name) {
    this.marks.push({ at: this.#secondsAt(performance.now()), name });
  }

  end() {
    clearInterval(this.#timer);
    this.#endStep();
  }

  #endStep() {
    const now = performance.now();
    const { rss, heapUsed } = process.memoryUsage();
    this.steps.push({
      at: this.#secondsAt(now),
      seconds: (now - this.#stepStart) / 1_000,
      events: this.#counts,
      rss,
      heap: heapUsed,
    });
    this.#counts = noEvents();
    this.#stepStart = now;
  }

  #secondsAt(time) {
    return (time - this.#start) / 1_000;
  }
}

function noEvents() {
  return Object.fromEntries(EVENTS.map((event) => [event, 0]));
}
