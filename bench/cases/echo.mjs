/** A round trip of 100 bytes, one call at a time. */
import { compete, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';
import { FIELD } from '../peers/index.mjs';

export const title = '100-byte echo, one call at a time';

const PEERS = [...FIELD, 'pipe'];
const WORK = '100-byte echo, one call at a time, p50';

export async function run({ field, scale }) {
  const outcomes = await compete(
    field,
    PEERS.map((peer) => ({
      peer,
      measure: 'latency',
      parameters: { kind: 'ascii', bytes: 100, budget: scale(1_000, 200) },
    })),
    { rounds: scale(9, 5) },
  );
  const results = rows(outcomes, 'ms', ({ p50 }) => p50);
  const of = (peer) => results.find(({ series }) => series === peer);
  return {
    rows: results,
    targets: [
      ratio(WORK, 'promptfoo', of('pool'), of('promptfoo'), { most: 1 / 40 }),
      // The loop takes 0.016 or 0.046 ms, depending on the run: the system decides whether its two
      // processes share a core, which saves a wake-up across cores.
      ratio(WORK, 'lines', of('pool'), of('lines'), { most: 0.5, isGuard: false }),
      ratio(WORK, 'node-calls-python', of('pool'), of('node-calls-python'), { most: 0.8 }),
    ],
  };
}
