/** A million calls at once. */
import { compete, rows } from '../harness/compete.mjs';
import { bound, ratio } from '../harness/targets.mjs';

export const title = 'calls queued at once on 2 workers';

const FEW = 1_000;
const PAYLOAD = 100;

export async function run({ field, scale }) {
  const many = scale(1_000_000, 100_000);
  const results = [];
  const settings = { workers: 2 };
  const few = { series: `${FEW} calls`, calls: FEW, repeat: scale(100, 30) };
  const all = { series: `${many} calls`, calls: many };
  const outcomes = [];
  // A process that has held a million calls keeps some of the memory: each round has new ones.
  for (let round = 0; round < scale(3, 1); round += 1) {
    outcomes.push(
      await compete(
        field,
        [few, all].map(({ series, ...parameters }) => ({
          peer: 'pool',
          series,
          measure: 'queue',
          parameters: { ...parameters, bytes: PAYLOAD },
          settings,
        })),
        { rounds: 1, isWarm: false },
      ),
    );
  }
  const merged = [0, 1].map((index) => ({
    ...outcomes[0][index],
    reason: outcomes.find((round) => round[index].reason)?.[index].reason,
    answers: outcomes.flatMap((round) => round[index].answers ?? []),
  }));
  const cost = rows(merged, 'µs', ({ microseconds }) => microseconds);
  const held = rows(merged, 'B', ({ bytes }) => bytes - PAYLOAD);
  results.push(
    ...cost.map((row) => ({ ...row, group: 'time of a call' })),
    ...held.slice(1).map((row) => ({ ...row, group: 'memory of a call over its payload' })),
  );
  const work = `${many.toLocaleString('en')} calls queued at once on 2 workers`;
  return {
    rows: results,
    targets: [
      ratio(`${work}: cost of a call`, few.series, cost[1], cost[0], { most: 1.3 }),
      bound(`${work}: memory of a call over its payload`, 'nothing', held[1], { most: 1_000 }),
    ],
  };
}
