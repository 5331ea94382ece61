/** A function with a fixed cost for each call of it: its calls in batches, and one by one. */
import { fileURLToPath } from 'node:url';
import { compete, inGroup, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'calls in batches';

const SCRIPT = fileURLToPath(new URL('../scripts/batches.py', import.meta.url));
const MAX = 32;

export async function run(bench) {
  const parts = [];
  for (const part of [many, alone]) parts.push(await part(bench));
  return {
    rows: parts.flatMap((part) => part.rows),
    targets: parts.flatMap((part) => part.targets),
  };
}

/** With the option `batch`, and without. */
function entries(measure, parameters) {
  const batch = { embed_all: { max: MAX } };
  return [
    [`batch: { max: ${MAX} }`, 'embed_all', { places: { batch } }],
    ['without batch', 'embed', {}],
  ].map(([series, name, settings]) => ({
    peer: 'pool',
    series,
    measure,
    parameters: { ...parameters, name },
    settings: { script: SCRIPT, ...settings },
  }));
}

async function many({ field, scale }) {
  const parameters = { flight: MAX, budget: scale(500, 200) };
  const outcomes = await compete(field, entries('embed', parameters), { rounds: scale(9, 3) });
  const [batched, single] = rows(outcomes, 'calls/s');
  const work = `${MAX} calls in flight of a function of 1 ms, calls/s`;
  return {
    rows: inGroup(`A function of 1 ms, ${MAX} calls in flight`, [batched, single]),
    targets: [ratio(work, single.series, batched, single, { least: 10 })],
  };
}

async function alone({ field, scale }) {
  const parameters = { budget: scale(500, 200) };
  const outcomes = await compete(field, entries('embed-alone', parameters), {
    rounds: scale(15, 5),
  });
  const [batched, single] = rows(outcomes, 'ms');
  const work = 'a call of a function of 1 ms that is alone, p50';
  return {
    rows: inGroup('A function of 1 ms, one call at a time', [batched, single]),
    targets: [ratio(work, single.series, batched, single, { most: 1.02 })],
  };
}
