/** Where the time of a small call goes: its parts, each measured alone, and the whole call. */
import { compete, rows } from '../harness/compete.mjs';

export const title = 'the parts of a 100-byte echo, each measured alone';

const LATENCY = { kind: 'ascii', bytes: 100 };

export async function run({ field, scale }) {
  const latency = { ...LATENCY, budget: scale(1_000, 200) };
  const entries = [
    { series: 'JSON in Node.js', peer: 'nothing', measure: 'alone', parameters: { part: 'text' } },
    {
      series: "the worker's loop",
      peer: 'nothing',
      measure: 'alone',
      parameters: { part: 'worker' },
    },
    { series: 'bare pipes, round trip', peer: 'pipe', measure: 'latency', parameters: latency },
    { series: 'a whole call', peer: 'pool', measure: 'latency', parameters: latency },
  ];
  const outcomes = await compete(field, entries, { rounds: scale(5, 2) });
  const results = rows(outcomes, 'ms', (answer) => answer.p50 ?? answer);
  return { rows: results, targets: [] };
}
