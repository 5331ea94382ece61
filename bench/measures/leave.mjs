/** Leaves endless streams, one after the other for `budget` milliseconds: milliseconds until the generator was closed. */
import { quantile } from '../harness/statistics.mjs';

export async function measure({ session }, { size, budget }) {
  const { call, stream } = await session();
  const times = [];
  const end = performance.now() + budget;
  while (performance.now() < end) {
    const items = stream('endless', size);
    await items.next();
    const left = performance.timeOrigin + performance.now();
    await items.return();
    times.push((await call('closed_at')) - left);
  }
  times.sort((a, b) => a - b);
  return quantile(times, 0.5);
}
