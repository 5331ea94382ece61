/** Items of generators: how many, how soon, how far ahead, and how soon a generator is closed. */
import { fileURLToPath } from 'node:url';
import { compete, inGroup, rows } from '../harness/compete.mjs';
import { bound, ratio } from '../harness/targets.mjs';

export const title = 'items of generators';

const SCRIPT = fileURLToPath(new URL('../scripts/streams.py', import.meta.url));
const SIZE = 50;

export async function run(bench) {
  const parts = [];
  for (const part of [many, first, leaving, sleeping]) parts.push(await part(bench));
  return {
    rows: parts.flatMap((part) => part.rows),
    targets: parts.flatMap((part) => part.targets),
  };
}

function entry(measure, series, parameters) {
  return { peer: 'pool', series, measure, parameters, settings: { script: SCRIPT } };
}

async function many({ field, scale }) {
  const parameters = { size: SIZE, budget: scale(500, 200) };
  const outcomes = await compete(
    field,
    [
      entry('items', 'a stream', { ...parameters, isStream: true }),
      entry('items', 'a call for each', { ...parameters, isStream: false }),
    ],
    { rounds: scale(9, 3) },
  );
  const [stream, calls] = rows(outcomes, 'items/s');
  const work = `${SIZE}-character items, items/s`;
  return {
    rows: inGroup(`Items of ${SIZE} characters`, [stream, calls]),
    targets: [
      ratio(work, calls.series, stream, calls, { least: 5 }),
      bound(work, stream, { least: 200_000, isGuard: false }),
    ],
  };
}

async function first({ field, scale }) {
  const parameters = { size: SIZE, budget: scale(500, 200) };
  const outcomes = await compete(
    field,
    [
      entry('first-item', 'the first item of a stream', { ...parameters, isStream: true }),
      entry('first-item', 'a call', { ...parameters, isStream: false }),
    ],
    { rounds: scale(9, 3) },
  );
  const [stream, call] = rows(outcomes, 'ms');
  return {
    rows: inGroup('The first item', [stream, call]),
    targets: [ratio('first item, p50', call.series, stream, call, { most: 1.2 })],
  };
}

async function leaving({ field, scale }) {
  const outcomes = await compete(
    field,
    [entry('leave', 'a stream', { size: SIZE, budget: scale(500, 200) })],
    { rounds: scale(9, 3) },
  );
  const [row] = rows(outcomes, 'ms');
  return {
    rows: inGroup('Until the generator is closed, once its stream is left', [row]),
    targets: [bound('leaving a stream, until `finally` has run, p50', row, { most: 5 })],
  };
}

/** The default of `highWaterMark`. */
const WINDOW = 64;

async function sleeping({ field, scale }) {
  const outcomes = await compete(field, [entry('ahead', 'a stream', { size: SIZE })], {
    rounds: scale(9, 3),
  });
  const [row] = rows(outcomes, 'items');
  return {
    rows: inGroup('Ahead of a consumer that sleeps', [row]),
    targets: [bound(`items that wait for a consumer, window ${WINDOW}`, row, { most: WINDOW + 1 })],
  };
}
