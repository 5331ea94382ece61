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

/** What limits the calls that wait for a worker; `Infinity` where nothing does. */
export interface QueueLimits {
  readonly maxQueue: number;
  readonly queueTimeout: number;
}

/** @param maxBatch how many calls run as one, at most */
export function defaultFlight(
  { workers, concurrencyPerWorker, threadsPerWorker }: Places,
  { maxQueue, queueTimeout }: QueueLimits,
  maxBatch = 1,
): Flight {
  const mostPlaces = workers * Math.max(concurrencyPerWorker, threadsPerWorker);
  const minCalls = mostPlaces * MIN_PER_PLACE * maxBatch;
  const maxAhead = Math.max(workers * MAX_PER_WORKER, minCalls);
  if (maxQueue === Number.POSITIVE_INFINITY && queueTimeout === Number.POSITIVE_INFINITY) {
    return { window: new Window(minCalls, maxAhead), maxAhead };
  }
  // As many as run at once, whichever kind their function is of.
  const places = workers * Math.min(concurrencyPerWorker, threadsPerWorker);
  if (maxBatch === 1) {
    return { window: new Window(places, places), maxAhead };
  }
  // Batches form in the queue: as far as there is room in it, and while nothing waits there for long.
  const most = Math.min(minCalls, places + maxQueue);
  const window = new Window(places, most, queueTimeout / 4, queueTimeout / 2);
  return { window, maxAhead };
}
