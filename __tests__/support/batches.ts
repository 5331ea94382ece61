import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import { fixture } from './files';
import { gate } from './gate';
import { withPool } from './pools';

/** Longer than any test: only what ends a wait starts a batch. */
const LONG_MS = 600_000;

const ALL = [
  ...[
    'seen',
    'seen_slowly',
    'sizes',
    'sizes_async',
    'deferred',
    'same',
    'same_with',
    'Model.embed',
  ],
  ...['held', 'held_async', 'divide', 'unraised', 'fail', 'fail_async', 'returns', 'yields'],
  ...[
    'odd_values',
    'types',
    'slow',
    'crash_once',
    'kill',
    'prints',
    'prints_async',
    'prints_at_gate',
    'missing',
  ],
];

type Batch = NonNullable<PythonWorkerPoolOptions['batch']>;

/** The option `batch` for every function of `fixtures/batches_calls.py` that takes lists. */
export function batchOf(max: number, wait = 0): Batch {
  return Object.fromEntries(ALL.map((name) => [name, { max, wait }]));
}

/** Runs `body` with a pool whose batches start when they have exactly `max` calls. */
export function withFullBatches(
  max: number,
  body: (pool: PythonWorkerPool) => Promise<void>,
  options: PythonWorkerPoolOptions = {},
): Promise<void> {
  return withPool(fixture('batches_calls.py'), { batch: batchOf(max, LONG_MS), ...options }, body);
}

/** Makes calls while the only worker of a pool is busy, so that all of them wait when it becomes free. */
export async function whileBusy<T>(
  pool: PythonWorkerPool,
  make: () => Promise<T>[],
): Promise<PromiseSettledResult<T>[]> {
  const door = gate();
  const busy = pool.execute('wait', [door.path]);
  await door.reached();
  const calls = make();
  door.open();
  await busy;
  return Promise.allSettled(calls);
}

/** The values of calls that are all fulfilled. */
export function valuesOf<T>(settled: PromiseSettledResult<T>[]): T[] {
  return settled.map((one) => {
    if (one.status === 'rejected') {
      throw one.reason;
    }
    return one.value;
  });
}

/** For each call, its value or the code of its error. */
export async function outcomesOf(calls: Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code));
}
