/** Calls one at a time, for `budget` milliseconds and at least `least` times: milliseconds per call. */
import { quantile } from '../harness/statistics.mjs';
import { checkEcho, payload } from './payload.mjs';

export async function measure({ session }, { kind, bytes, budget, least = 3 }) {
  const { call } = await session();
  const value = payload(kind, bytes);
  await checkEcho(call, value);
  const times = [];
  let now = performance.now();
  const end = now + budget;
  while (times.length < least || now < end) {
    await call('echo', value);
    const before = now;
    now = performance.now();
    times.push(now - before);
  }
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), calls: times.length };
}
