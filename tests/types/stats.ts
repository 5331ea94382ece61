// The numbers of a pool.

import type {
  Histogram,
  PoolStats,
  PythonPoolErrorCode,
  PythonWorkerPool,
  WorkerStats,
} from 'python-worker-pool';
import { same } from './same.js';

declare const pool: PythonWorkerPool;
declare const typed: PythonWorkerPool<{ embed(text: string): number[] }>;

export function numbers(): void {
  const stats = pool.stats();
  same<PoolStats>()(stats);
  same<PoolStats>()(typed.stats());
  same<'idle' | 'starting' | 'running' | 'closing' | 'dead'>()(stats.state);
  same<{ length: number; longestWait: number }>()(stats.queue);
  same<number>()(stats.calls.succeeded);
  same<number>()(stats.calls.cancelled);
  same<WorkerStats[]>()(stats.workers);
  same<Histogram>()(stats.waitTime);
  same<Histogram>()(stats.runTime);
  const { count, min, mean, max, p50, p90, p99 } = stats.runTime;
  same<number[]>()([count, min, mean, max, p50, p90, p99]);
  // @ts-expect-error not a quantile of a histogram
  void stats.runTime.p95;
  // @ts-expect-error takes no parameters
  pool.stats({});
}

export function failures({ calls: { failed } }: PoolStats): number {
  const crashes: number | undefined = failed.ERR_WORKER_CRASHED;
  // @ts-expect-error not a code
  void failed.ERR_UNKNOWN;
  const codes = Object.keys(failed) as PythonPoolErrorCode[];
  return codes.reduce((sum, code) => sum + (failed[code] ?? 0), crashes ?? 0);
}

export function worker(one: WorkerStats): number {
  same<number | null>()(one.pid);
  same<number | null>()(one.rss);
  same<'starting' | 'idle' | 'busy' | 'stopping' | 'stopped' | 'dead'>()(one.state);
  const { crash, timeout, abort, recycle, reload } = one.restarts;
  return one.index + one.calls + one.inFlight + crash + timeout + abort + recycle + reload;
}
