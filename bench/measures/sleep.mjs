/** Calls per second, when each sleeps for `milliseconds` and no worker or thread has to wait for its next call. */
import { callsPerSecond } from './throughput.mjs';

const CALLS_PER_PLACE = 4;

export async function measure({ session, settings }, { milliseconds, budget }) {
  const { call } = await session();
  const { workers = 1, places: { threadsPerWorker = 1 } = {} } = settings;
  const flight = workers * threadsPerWorker * CALLS_PER_PLACE;
  return callsPerSecond(() => call('sleep', milliseconds / 1_000), flight, budget);
}
