/** Keeps `flight` calls of an echo in flight for `budget` milliseconds: calls per second. */
import { checkEcho, payload } from './payload.mjs';

export async function measure({ session }, { name = 'echo', kind, bytes, flight, budget }) {
  const { call } = await session();
  const value = payload(kind, bytes);
  await checkEcho(call, value);
  return callsPerSecond(() => call(name, value), flight, budget);
}

/** @param {() => Promise<unknown>} call */
export async function callsPerSecond(call, flight, budget) {
  let calls = 0;
  const start = performance.now();
  const end = start + budget;
  let last = start;
  async function chain() {
    while (last < end) {
      await call();
      calls += 1;
      last = performance.now();
    }
  }
  await Promise.all(Array.from({ length: flight }, chain));
  return (calls / (last - start)) * 1_000;
}
