/** Where the time of a small call goes: its parts, and the whole call. */
import { compete, rows } from '../harness/compete.mjs';

export const title = 'the parts of a 100-byte echo';

const ECHO = { kind: 'ascii', bytes: 100 };
/** Enough calls in flight that neither side waits for the other. */
const FLIGHT = 64;

export async function run({ field, scale }) {
  const latency = { ...ECHO, budget: scale(1_000, 200) };
  const throughput = { ...ECHO, flight: FLIGHT, budget: scale(1_000, 200) };
  const cost = { measure: 'throughput', parameters: throughput, warmUp: { budget: 300 } };
  const entries = [
    { series: 'JSON in Node.js', peer: 'nothing', measure: 'alone' },
    { series: 'bare pipes, round trip', peer: 'pipe', measure: 'latency', parameters: latency },
    { series: 'a whole call', peer: 'pool', measure: 'latency', parameters: latency },
    { series: 'in flight', peer: 'pool', measure: 'cost', parameters: cost },
  ];
  const [json, pipes, whole, inFlight] = await compete(field, entries, { rounds: scale(5, 2) });
  return {
    rows: [
      ...rows([json], 'ms'),
      ...processorTime(inFlight, 'host', 'processor time of the host, many calls in flight'),
      ...processorTime(inFlight, 'workers', 'processor time of the worker, many calls in flight'),
      ...rows([pipes, whole], 'ms', ({ p50 }) => p50),
    ],
    targets: [],
  };
}

function processorTime(outcome, part, series) {
  if (process.platform !== 'linux') return [{ series, reason: 'available only on Linux' }];
  return rows([{ ...outcome, series }], 'ms', (answer) => answer[part] / 1_000);
}
