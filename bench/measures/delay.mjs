/**
 * The delay of the event loop while `flight` calls are in flight: its 99th percentile, in
 * milliseconds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { checkEcho, payload } from './payload.mjs';
import { callsPerSecond } from './throughput.mjs';

const RESOLUTION_MS = 1;

export async function measure({ session }, { kind, bytes, flight, budget }) {
  const { call } = await session();
  const value = payload(kind, bytes);
  await checkEcho(call, value);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const rate = await callsPerSecond(() => call('echo', value), flight, budget);
  delay.disable();
  // The histogram records the time between two ticks of a timer.
  return { p99: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS), rate };
}
