import path from 'node:path';
import { tempFolder } from './files';
import { runHost } from './hosts';

/** What a worker floods its host with: a function of the script, and the length of its lines. */
export interface Flood {
  readonly flood: string;
  readonly lineLength: number;
  /** Bound on what the host grows by, in bytes. */
  readonly most: number;
}

/**
 * Floods the log of a worker while its host is blocked for so many milliseconds. Memory is bounded
 * meanwhile, nothing hangs, and every line is either logged or counted.
 */
export async function isBoundedWhileBlocked(
  script: string,
  { most, ...flood }: Flood,
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
  expect(seen.grown).toBeLessThan(most);
  // The two lines of the import are none of the flood's.
  expect(seen.lines - 2 + seen.dropped).toBe(seen.written);
}
