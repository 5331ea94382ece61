/** Calls that sleep for 10 ms, in an increasing number of threads of one worker. */
import { compete, rows } from '../harness/compete.mjs';

export const title = 'calls of 10 ms by threads of one worker';

const SLEEP_MS = 10;

export async function run({ field, scale }) {
  const outcomes = await compete(
    field,
    scale([1, 2, 4, 8, 16], [1, 4, 16]).map((threadsPerWorker) => ({
      peer: 'pool',
      x: threadsPerWorker,
      measure: 'sleep',
      parameters: { milliseconds: SLEEP_MS, budget: scale(1_000, 500) },
      settings: { places: { threadsPerWorker } },
    })),
    { rounds: scale(5, 2) },
  );
  return { rows: rows(outcomes, 'calls/s') };
}
