import { Window } from './window.js';

/** Calls for each place while they are slow: one runs, and one waits, so that no worker waits for JavaScript. */
const MIN_PER_PLACE = 2;
/** Maximum number of items that `map` is ahead for each worker, unless its places need more. */
const MAX_PER_WORKER = 32;

/** How many calls a pool can run at the same time. */
export interface Places {
  readonly workers: number;
  /** Async calls in each worker. */
  readonly concurrencyPerWorker: number;
  /** Calls of plain functions in each worker. */
  readonly threadsPerWorker: number;
}

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

/**
 * @param mayWait whether calls may wait for a worker; else there are no more of them than run at once, whichever kind
 * their function is of
 */
export function defaultFlight(
  { workers, concurrencyPerWorker, threadsPerWorker }: Places,
  mayWait: boolean,
): Flight {
  const minCalls = workers * MIN_PER_PLACE * Math.max(concurrencyPerWorker, threadsPerWorker);
  const maxAhead = Math.max(workers * MAX_PER_WORKER, minCalls);
  const certain = workers * Math.min(concurrencyPerWorker, threadsPerWorker);
  const window = mayWait ? new Window(minCalls, maxAhead) : new Window(certain, certain);
  return { window, maxAhead };
}
