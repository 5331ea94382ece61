/**
 * Milliseconds of processor time that this process and its descendants use in `seconds` seconds
 * without a call.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { descendants, processorTime } from './processes.mjs';

const CALLS = 64;
const SETTLE_MS = 1_000;

export async function measure({ session }, { seconds }) {
  const { call } = await session();
  // Make some calls first, because work may continue for a while after them.
  if (call) await Promise.all(Array.from({ length: CALLS }, () => call('echo', 'x')));
  await pause(SETTLE_MS);
  const pids = [process.pid, ...descendants().map(({ pid }) => pid)];
  const total = () => pids.reduce((sum, pid) => sum + processorTime(pid), 0);
  const before = total();
  await pause(seconds * 1_000);
  return total() - before;
}
