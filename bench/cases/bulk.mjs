/** Compares a pipe with a file in memory as the way to send large payloads. */
import { compete, rows } from '../harness/compete.mjs';

export const title = 'bytes from one process to another';
export const axis = 'bytes';

const WAYS = { pipe: 'a pipe of 256 KiB', file: 'a reused file in memory' };
const SIZES = [100_000, 1_000_000, 10_000_000, 100_000_000];

export async function run({ field, scale }) {
  if (process.platform !== 'linux') return { note: 'Only Linux has such files and pipes.' };
  const sizes = scale(SIZES, SIZES.slice(0, 3));
  const entries = sizes.flatMap((bytes) =>
    Object.entries(WAYS).map(([way, series]) => ({
      series,
      x: bytes,
      peer: 'nothing',
      measure: 'bulk',
      parameters: { way, bytes, times: Math.max(5, Math.min(300, Math.ceil(5e7 / bytes))) },
    })),
  );
  const outcomes = await compete(field, entries, { rounds: scale(5, 1), isWarm: false });
  return { rows: rows(outcomes, 'ms'), targets: [] };
}
