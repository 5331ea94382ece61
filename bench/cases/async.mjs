/** Calls of async functions, which share a worker, and what they cost the plain ones. */
import { fileURLToPath } from 'node:url';
import { compete, inGroup, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'calls of async functions';

const SCRIPT = fileURLToPath(new URL('../scripts/asynchronous.py', import.meta.url));
const SMALL = { kind: 'ascii', bytes: 100 };

export async function run(bench) {
  const parts = [];
  for (const part of [plain, inFlight, naps, requests]) parts.push(await part(bench));
  return {
    rows: parts.flatMap((part) => part.rows),
    targets: parts.flatMap((part) => part.targets),
  };
}

/** Plain calls before and after an async one: from then on, the worker waits in its event loop. */
async function plain({ field, scale }) {
  const parts = [];
  for (const [pause, when] of [
    [0, 'back to back'],
    [1, 'after a pause of 1 ms'],
  ]) {
    const outcomes = await compete(
      field,
      [
        ['before any async call', undefined],
        ['after an async call', 'echo_async'],
      ].map(([series, first]) => ({
        peer: 'pool',
        series,
        measure: 'pauses',
        parameters: { ...SMALL, pause, first, budget: scale(500, 200) },
        settings: { script: SCRIPT },
      })),
      { rounds: scale(15, 5) },
    );
    const [before, after] = rows(outcomes, 'ms');
    const work = `100-byte echo after an async call, ${when}, p50`;
    parts.push({
      rows: inGroup(`100-byte echo of a plain function, ${when}`, [before, after]),
      targets: [ratio(work, before.series, after, before, { most: 1.1 })],
    });
  }
  return {
    rows: parts.flatMap((part) => part.rows),
    targets: parts.flatMap((part) => part.targets),
  };
}

const FLIGHT = 64;

/** Small calls of an async function: all in one worker at the same time, or one at a time as by default. */
async function inFlight({ field, scale }) {
  const outcomes = await compete(
    field,
    [FLIGHT, 1].map((concurrencyPerWorker) => ({
      peer: 'pool',
      series: `concurrencyPerWorker: ${concurrencyPerWorker}`,
      measure: 'throughput',
      parameters: { ...SMALL, name: 'echo_async', flight: FLIGHT, budget: scale(300, 200) },
      settings: { script: SCRIPT, places: { concurrencyPerWorker } },
    })),
    { rounds: scale(9, 3) },
  );
  const [many, one] = rows(outcomes, 'calls/s');
  const work = `100-byte echo of an async function, ${FLIGHT} in flight in ${FLIGHT} places, calls/s`;
  return {
    rows: inGroup(`100-byte echo of an async function, ${FLIGHT} in flight`, [many, one]),
    targets: [ratio(work, one.series, many, one, { least: 2.5 })],
  };
}

const PLACES = 200;
const NAP_MS = 100;

/** Calls that only wait, in rounds of as many as there are places. */
async function naps({ field, scale }) {
  const calls = scale(1_000, 400);
  const outcomes = await compete(
    field,
    [
      {
        peer: 'pool',
        measure: 'at-once',
        parameters: { name: 'nap', args: [NAP_MS / 1_000], calls },
        settings: { script: SCRIPT, places: { concurrencyPerWorker: PLACES } },
      },
    ],
    { rounds: scale(9, 3) },
  );
  const [row] = rows(outcomes, 'ms');
  const ideal = (calls / PLACES) * NAP_MS;
  const work = `${calls} × asyncio.sleep(${NAP_MS / 1_000}) in ${PLACES} places of one worker`;
  const table = inGroup(work, [row]);
  const perfect = { ...row, values: row.values?.map(() => ideal) };
  return {
    rows: table,
    targets: [ratio(work, `the ideal ${ideal} ms`, row, perfect, { most: 1.1 })],
  };
}

const REQUESTS = 20;
const REQUEST_MS = 200;

/** HTTP requests at the same time: in one worker, or in a worker each. */
async function requests({ field, scale }) {
  const outcomes = await compete(
    field,
    [
      ['one worker', { workers: 1, places: { concurrencyPerWorker: REQUESTS } }],
      [`${REQUESTS} workers`, { workers: REQUESTS }],
    ].map(([series, settings]) => ({
      peer: 'pool',
      series,
      measure: 'fetch',
      parameters: { calls: REQUESTS, milliseconds: REQUEST_MS },
      settings: { script: SCRIPT, ...settings },
    })),
    { rounds: scale(9, 3) },
  );
  const what = `${REQUESTS} HTTP requests of ${REQUEST_MS} ms at once`;
  const [one, many] = rows(outcomes, 'ms', ({ time }) => time);
  const tables = [...inGroup(what, [one, many])];
  const targets = [ratio(`${what} in one worker, time`, many.series, one, many, { most: 1.05 })];
  if (process.platform === 'linux') {
    const [own, others] = rows(outcomes, 'MiB', ({ memory }) => memory);
    tables.push(...inGroup(`${what}: memory of the workers (USS)`, [own, others]));
    const work = `${what} in one worker, memory`;
    targets.push(ratio(work, others.series, own, others, { most: 1 / 10 }));
  }
  return { rows: tables, targets };
}
