/** A million calls submitted at once. */
import { compete, inGroup, rows } from '../harness/compete.mjs';
import { bound, ratio } from '../harness/targets.mjs';

export const title = 'calls queued at once on 2 workers';

const FEW = 1_000;
const PAYLOAD = 100;

export async function run({ field, scale }) {
  const many = scale(1_000_000, 100_000);
  const outcomes = await compete(
    field,
    [
      { calls: FEW, repeat: scale(100, 30) },
      { calls: many, repeat: 1 },
    ].map(({ calls, repeat }) => ({
      peer: 'pool',
      series: `${calls.toLocaleString('en')} calls`,
      measure: 'queue',
      parameters: { calls, repeat, bytes: PAYLOAD },
      settings: { workers: 2 },
    })),
    // A process that has held a million calls does not return all of their memory.
    { rounds: scale(3, 1), isWarm: false, freshEvery: 1 },
  );
  const cost = inGroup(
    'time per call',
    rows(outcomes, 'µs', ({ microseconds }) => microseconds),
  );
  const held = inGroup(
    'memory per call beyond its payload',
    rows(outcomes.slice(1), 'B', ({ bytes }) => bytes - PAYLOAD),
  );
  const [few, all] = cost;
  const work = `${all.series} queued at once on 2 workers`;
  return {
    rows: [...cost, ...held],
    targets: [
      ratio(`${work}: time per call`, few.series, all, few, { most: 1.3 }),
      bound(`${work}: memory per call beyond its payload`, held[0], { most: 1_000 }),
    ],
  };
}
