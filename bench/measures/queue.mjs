/**
 * Submits `calls` calls at once, most of which wait: microseconds per call from the first submission
 * to the last reply, and the bytes that each call holds when all are submitted and none has settled.
 */
import { payload } from './payload.mjs';

export async function measure({ session }, { calls, bytes, repeat = 1 }) {
  const { call } = await session();
  const value = payload('ascii', bytes);
  let time = 0;
  let held = 0;
  for (let turn = 0; turn < repeat; turn += 1) {
    globalThis.gc();
    const before = process.memoryUsage.rss();
    const began = performance.now();
    const open = Array.from({ length: calls }, () => call('echo', value));
    held = Math.max(held, process.memoryUsage.rss() - before);
    await Promise.all(open);
    time += performance.now() - began;
  }
  return { microseconds: (time * 1_000) / (calls * repeat), bytes: held / calls };
}
