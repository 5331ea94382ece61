/**
 * The rows of a comparison of two checkouts. Each row is a measurement of both, with the numbers that are taken from
 * it. Lower is better for all of them.
 */
import { fileURLToPath } from 'node:url';
import { pythonWithNumpy } from '../peers/numpy.mjs';

const MB = 1_000_000;
const ASYNC = fileURLToPath(new URL('../scripts/asynchronous.py', import.meta.url));
const ARRAYS = fileURLToPath(new URL('../scripts/arrays.py', import.meta.url));
/** The limit for the ratio of processor time or memory, in the numbers that have one. */
const MAX_RATIO = 1.03;
const WARM_UP_MS = 300;

const processor = {
  what: 'processor time per call',
  unit: 'µs',
  pick: ({ host, workers }) => host + workers,
};
const wall = (unit, pick) => ({ what: 'wall time per call', unit, pick });
const ofRate = wall('µs', ({ result }) => 1e6 / result);
const milliseconds = (what, name) => ({ what, unit: 'ms', pick: ({ result }) => result[name] });

/**
 * @typedef {object} Row
 * @property {string} name @property {string} title
 * @property {object} entry  for `compete`
 * @property {boolean} [isLong]  a measurement takes a second or more, or needs a new process each time
 * @property {{ what: string, unit: string, pick: (answer: object) => number, most?: number }[]} numbers
 *
 * @returns {Row[]} in the order in which they are measured
 */
export function rows({ scale }) {
  return [
    {
      name: 'echo',
      title: 'round trips of 100 bytes, one call at a time',
      entry: calls('latency', { kind: 'ascii', bytes: 100, budget: scale(250, 150) }),
      numbers: [{ ...processor, most: MAX_RATIO }, wall('ms', ({ result }) => result.p50)],
    },
    ...scale([2, 8, 64, 256], [64]).map((flight) => ({
      name: 'flight',
      title: `round trips of 100 bytes, ${flight} calls in flight`,
      entry: calls('throughput', { kind: 'ascii', bytes: 100, flight, budget: scale(250, 150) }),
      numbers: [{ ...processor, most: MAX_RATIO }, ofRate],
    })),
    {
      name: 'async',
      title: 'round trips of 100 bytes to an async function, 64 calls in flight in 64 places',
      entry: {
        ...calls('throughput', {
          ...{ name: 'echo_async', kind: 'ascii', bytes: 100, flight: 64 },
          budget: scale(250, 150),
        }),
        settings: { script: ASYNC, places: { concurrencyPerWorker: 64 } },
      },
      numbers: [processor, ofRate],
    },
    ...[
      ['ascii', MB],
      ['ascii', 10 * MB],
      ['rag', MB],
    ].map(([kind, bytes]) => ({
      name: 'payload',
      title: `round trips of ${bytes / MB} MB, ${kind === 'rag' ? 'nested data' : 'ASCII text'}`,
      entry: calls('latency', { kind, bytes, budget: scale(250, 150) }),
      numbers: [processor, wall('ms', ({ result }) => result.p50)],
    })),
    {
      name: 'binary',
      title: '16 MB of numbers to numpy and back',
      prepare: async ({ python }) => ({ script: ARRAYS, python: await pythonWithNumpy(python) }),
      entry: calls('binary', {
        ...{ type: 'Float32Array', form: 'view', bytes: 16 * MB, budget: scale(250, 150) },
      }),
      numbers: [processor, wall('ms', ({ result }) => result)],
    },
    {
      name: 'queue',
      isLong: true,
      title: `${scale(200_000, 50_000).toLocaleString('en')} calls at once on 2 workers`,
      entry: {
        ...{ measure: 'cost', settings: { workers: 2 } },
        parameters: {
          ...{ measure: 'queue', warmUp: { calls: 1_000 } },
          parameters: { calls: scale(200_000, 50_000), bytes: 100 },
        },
      },
      numbers: [
        processor,
        wall('µs', ({ result }) => result.microseconds),
        {
          what: 'memory per call',
          unit: 'B',
          pick: ({ result }) => result.bytes,
          most: MAX_RATIO,
        },
      ],
    },
    {
      name: 'workers',
      title: 'calls that sleep for 10 ms on 8 workers',
      entry: {
        ...calls('sleep', { milliseconds: 10, budget: scale(250, 150) }),
        settings: { workers: 8 },
      },
      numbers: [processor, ofRate],
    },
    {
      name: 'loop',
      isLong: true,
      title: '64 calls of 1 MB in flight',
      entry: calls('delay', { kind: 'rag', bytes: MB, flight: 64, budget: scale(1_000, 500) }),
      numbers: [
        processor,
        wall('µs', ({ result }) => 1e6 / result.rate),
        milliseconds('event-loop delay, p99', 'p99'),
      ],
    },
    ...[1, 8].map((workers) => ({
      name: 'start',
      isLong: true,
      title: `start of ${workers === 1 ? 'a worker' : `${workers} workers`}`,
      entry: { measure: 'cost', parameters: { measure: 'start' }, settings: { workers } },
      numbers: [
        milliseconds('time until all workers are ready', 'ready'),
        milliseconds('time until the first reply', 'first'),
      ],
    })),
    {
      name: 'crash',
      isLong: true,
      title: 'replacement of a crashed worker',
      entry: { measure: 'cost', parameters: { measure: 'crash' } },
      numbers: [milliseconds('time until the next reply', 'first')],
    },
    {
      name: 'idle',
      isLong: true,
      title: '8 idle workers',
      entry: {
        ...{ measure: 'cost', settings: { workers: 8 } },
        parameters: { measure: 'idle', parameters: { seconds: scale(4, 1) } },
      },
      numbers: [{ what: 'processor time', unit: 'ms', pick: ({ result }) => result }],
    },
    {
      name: 'memory',
      isLong: true,
      title: 'an idle worker',
      entry: { measure: 'cost', parameters: { measure: 'memory' }, settings: { workers: 4 } },
      numbers: [
        {
          what: 'unique set size (USS)',
          unit: 'MiB',
          pick: ({ result }) => result.uss,
          most: MAX_RATIO,
        },
      ],
    },
  ];
}

/** The names of all rows. */
export const ROWS = [...new Set(rows({ scale: (full) => full }).map(({ name }) => name))];

/** A measure that makes calls for some time, after a shorter warm-up. */
function calls(measure, parameters) {
  const warmUp = { budget: WARM_UP_MS };
  return { measure: 'cost', parameters: { measure, parameters, warmUp } };
}
