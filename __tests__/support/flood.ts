import path from 'node:path';
import { tempFolder } from './files';
import { runHost } from './hosts';

/** A flood of output: the function of the script that writes it, and the length of its lines. */
export interface Flood {
  readonly flood: string;
  readonly lineLength: number;
  /** Bound on the growth of the host, in bytes. */
  readonly maxGrowth: number;
}

/**
 * Floods the log of a worker while its host is blocked for some milliseconds. Memory is bounded
 * meanwhile, nothing hangs, and every line is either logged or counted.
 */
export async function isBoundedWhileBlocked(
  script: string,
  { maxGrowth, ...flood }: Flood,
  blockedFor: number,
): Promise<void> {
  const stop = path.join(tempFolder(), 'stop');
  const { code, stdout, stderr } = await runHost('blocks-while-flooded.cjs', {
    script,
    stop,
    blockedFor,
    ...flood,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const seen = JSON.parse(stdout.slice('done '.length));
  expect(seen.same).toBe(true);
  expect(seen.grown).toBeLessThan(maxGrowth);
  // The two lines of the import do not belong to the flood.
  expect(seen.lines - 2 + seen.dropped).toBe(seen.written);
}
