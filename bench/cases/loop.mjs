/** How long large calls block the event loop. */
import { compete, inGroup, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'event-loop delay, 64 calls of 1 MB in flight';

export async function run({ field, scale }) {
  const outcomes = await compete(
    field,
    ['pool', 'json', 'lines'].map((peer) => ({
      peer,
      measure: 'delay',
      parameters: { kind: 'rag', bytes: 1_000_000, flight: 64, budget: scale(2_000, 1_000) },
    })),
    { rounds: scale(5, 1) },
  );
  const delays = rows(outcomes, 'ms', ({ p99 }) => p99);
  const rates = rows(outcomes, 'calls/s', ({ rate }) => rate);
  const [pool, json] = delays;
  return {
    rows: [...inGroup('event-loop delay, p99', delays), ...inGroup('throughput meanwhile', rates)],
    targets: [
      ratio('event-loop delay, 64 calls of 1 MB in flight, p99', 'json', pool, json, {
        most: 1,
        isGuard: false,
      }),
    ],
  };
}
