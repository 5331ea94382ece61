/** Calls per second, when each sleeps for `milliseconds` and a worker never has to wait for its next call. */
import { callsPerSecond } from './throughput.mjs';

const CALLS_PER_WORKER = 4;

export async function measure({ session, settings }, { milliseconds, budget }) {
  const { call } = await session();
  const flight = settings.workers * CALLS_PER_WORKER;
  return callsPerSecond(() => call('sleep', milliseconds / 1_000), flight, budget);
}
