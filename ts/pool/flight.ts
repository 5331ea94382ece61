import { Window } from './window.js';

/** Calls of each worker while they are slow: one runs, and one waits, so that no worker waits for JavaScript. */
const MIN_PER_WORKER = 2;
/** Maximum number of items that `map` is ahead for each worker. */
const MAX_PER_WORKER = 32;

/** How far `map` is ahead of the results that were taken. */
export interface Flight {
  /** How many calls may be without an outcome. */
  readonly window: Window;
  /** How many items may have been read. More than calls: a slow one holds back the results behind it. */
  readonly maxAhead: number;
}

export function fixedFlight(size: number): Flight {
  return { window: new Window(size, size), maxAhead: size };
}

/** @param mayWait whether calls may wait for a worker; else there are no more of them than workers */
export function defaultFlight(workers: number, mayWait: boolean): Flight {
  const maxAhead = workers * MAX_PER_WORKER;
  const window = mayWait
    ? new Window(workers * MIN_PER_WORKER, maxAhead)
    : new Window(workers, workers);
  return { window, maxAhead };
}
