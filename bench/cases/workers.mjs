/** Calls that sleep for 10 ms, on an increasing number of workers. */
import { compete, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'calls of 10 ms by number of workers';

const SLEEP_MS = 10;

export async function run({ field, scale }) {
  // All in one competition, because the ideal derives from one worker in the same rounds.
  const outcomes = await compete(
    field,
    scale([1, 2, 4, 8, 16, 32], [1, 4, 16]).map((workers) => ({
      peer: 'pool',
      x: workers,
      measure: 'sleep',
      parameters: { milliseconds: SLEEP_MS, budget: scale(1_000, 500) },
      settings: { workers },
    })),
    { rounds: scale(5, 2) },
  );
  const results = rows(outcomes, 'calls/s');
  const [one, ...others] = results;
  return {
    rows: results,
    targets: others.map((row) =>
      ratio(
        `${row.x} workers with a ${SLEEP_MS} ms sleep, relative to the ideal`,
        `${row.x} × one worker`,
        row,
        { ...one, values: one.values?.map((value) => value * row.x) },
        { least: 0.95 },
      ),
    ),
  };
}
