/** The first item of a stream, or the result of a call, one at a time for `budget` milliseconds: milliseconds. */
import { quantile } from '../harness/statistics.mjs';

export async function measure({ session }, { size, isStream, budget }) {
  const { call, stream } = await session();
  const times = [];
  const end = performance.now() + budget;
  while (performance.now() < end) {
    const before = performance.now();
    if (isStream) {
      const items = stream('items', 1, size);
      await items.next();
      times.push(performance.now() - before);
      await items.result;
    } else {
      await call('item', size);
      times.push(performance.now() - before);
    }
  }
  times.sort((a, b) => a - b);
  return quantile(times, 0.5);
}
