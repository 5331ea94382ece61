/**
 * Calls one at a time, after a pause of `pause` milliseconds each, for `budget` milliseconds: milliseconds per call.
 * `first`: a function that is called before, with the same value.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { quantile } from '../harness/statistics.mjs';
import { checkEcho, payload } from './payload.mjs';

export async function measure({ session }, { kind, bytes, budget, pause, first }) {
  const { call } = await session();
  const value = payload(kind, bytes);
  await checkEcho(call, value);
  if (first) await call(first, value);
  const times = [];
  const end = performance.now() + budget;
  while (performance.now() < end) {
    if (pause > 0) await wait(pause);
    const before = performance.now();
    await call('echo', value);
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  return quantile(times, 0.5);
}
