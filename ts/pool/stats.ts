// The numbers of a pool.

import type { PythonPoolErrorCode } from './errors.js';

/** Durations in milliseconds; all 0 if `count` is. Quantiles are within 1 %, the other numbers exact. */
export type Histogram = Record<'count' | 'min' | 'mean' | 'max' | 'p50' | 'p90' | 'p99', number>;

/** A snapshot of a pool. Durations are in milliseconds, and counts start when the pool is made. */
export interface PoolStats {
  /**
   * `idle` before `initialize`, after a failed one, and after `shutdown`; `dead` once every worker was given up
   * (`maxCrashes`).
   */
  state: 'idle' | 'starting' | 'running' | 'closing' | 'dead';
  /** The calls that no worker has: their number, and how long ago the oldest of them was made. */
  queue: { length: number; longestWait: number };
  /**
   * The calls that have settled, each counted once: `cancelled` are those that rejected with `ABORT_ERR`, and
   * `failed` all others that rejected, by code. A stream counts when its consumer knows how it ended, or leaves it.
   */
  calls: {
    succeeded: number;
    cancelled: number;
    failed: { [C in PythonPoolErrorCode]?: number };
  };
  /** All workers of the option `workers`, whatever the state of the pool. */
  workers: WorkerStats[];
  /** How long calls waited for a place in a worker. A call that never had one is in neither histogram. */
  waitTime: Histogram;
  /** How long they ran from then on, until they settled. */
  runTime: Histogram;
}

/** A snapshot of a worker. */
export interface WorkerStats {
  /** Its index in the pool, from 0. */
  index: number;
  /** Its process id; `null` while it has no process. */
  pid: number | null;
  /**
   * `busy` while it has a call, or does not respond; `stopped` without a process, such as before a restart; `dead`
   * if it crashed too often to be restarted.
   */
  state: 'starting' | 'idle' | 'busy' | 'stopping' | 'stopped' | 'dead';
  /** How many calls have ended in it, in all its processes. */
  calls: number;
  /** How many calls it has: those that run, and short ones that lie ready behind them. */
  inFlight: number;
  /** The resident memory of its process in bytes; `null` while it has none, or if it cannot be read. */
  rss: number | null;
  /**
   * How often it got a new process, by reason: after a crash, a timeout or an abort. `recycle` and `reload` are 0: they
   * are reserved.
   */
  restarts: Record<'crash' | 'timeout' | 'abort' | 'recycle' | 'reload', number>;
}

/**
 * The numbers of the native side, with those of the calls.
 *
 * @param json without `calls`, and without `recycle` and `reload`
 */
export function poolStats(json: string, calls: PoolStats['calls']): PoolStats {
  const { state, queue, workers, waitTime, runTime }: Omit<PoolStats, 'calls'> = JSON.parse(json);
  return {
    state,
    queue,
    calls,
    workers: workers.map((worker) => ({
      ...worker,
      restarts: { ...worker.restarts, recycle: 0, reload: 0 },
    })),
    waitTime,
    runTime,
  };
}
