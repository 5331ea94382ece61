/** Calls a second, when each sleeps for `milliseconds` and no worker ever waits for the next. */
import { callsPerSecond } from './throughput.mjs';

const CALLS_PER_WORKER = 4;

export async function measure({ session, settings }, { milliseconds, budget }) {
  const { call } = await session();
  const flight = settings.workers * CALLS_PER_WORKER;
  return callsPerSecond(() => call('sleep', milliseconds / 1_000), flight, budget);
}
