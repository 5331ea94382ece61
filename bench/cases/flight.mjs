/** A round trip of 100 bytes, with an increasing number of calls in flight. */
import { compete, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';
import { FIELD } from '../peers/index.mjs';

export const title = '100-byte echo by calls in flight';

const JUDGED = 64;
const WORK = `100-byte echo, ${JUDGED} in flight, calls/s`;

export async function run({ field, scale }) {
  const results = [];
  for (const flight of scale([1, 2, 4, 8, 16, 32, JUDGED, 128, 256], [JUDGED])) {
    const outcomes = await compete(
      field,
      FIELD.map((peer) => ({
        peer,
        x: flight,
        measure: 'throughput',
        parameters: { kind: 'ascii', bytes: 100, flight, budget: scale(300, 200) },
      })),
      { rounds: scale(5, 3) },
    );
    results.push(...rows(outcomes, 'calls/s'));
  }
  const of = (peer) => results.find(({ series, x }) => series === peer && x === JUDGED);
  return {
    rows: results,
    targets: [
      ratio(WORK, 'promptfoo', of('pool'), of('promptfoo'), { least: 300 }),
      ratio(WORK, 'lines', of('pool'), of('lines'), { least: 1.6 }),
      // One and the same commit had 6.6 to 7.4 on a quiet day, and 2.7 on a busy one.
      ratio(WORK, 'node-calls-python', of('pool'), of('node-calls-python'), {
        least: 8,
        isGuard: false,
      }),
    ],
  };
}
