/** Calls of an embedding one at a time, for `budget` milliseconds: milliseconds per call. */
import { quantile } from '../harness/statistics.mjs';
import { TEXT } from './embed.mjs';

export async function measure({ session }, { name, budget }) {
  const { call } = await session();
  const times = [];
  const end = performance.now() + budget;
  while (performance.now() < end) {
    const before = performance.now();
    await call(name, TEXT);
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  return quantile(times, 0.5);
}
