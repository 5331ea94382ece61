/** Keeps `flight` calls of an embedding in flight for `budget` milliseconds: calls per second. */
import { callsPerSecond } from './throughput.mjs';

export const TEXT = 'x'.repeat(98);

export async function measure({ session }, { name, flight, budget }) {
  const { call } = await session();
  return callsPerSecond(
    async () => {
      const length = await call(name, TEXT);
      if (length !== TEXT.length) throw new Error(`${name} returned ${length}`);
    },
    flight,
    budget,
  );
}
