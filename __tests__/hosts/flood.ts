import path from 'node:path';
import { tempFolder } from '../support';
import { runHost } from './run';

/**
 * Floods both streams of a worker while its host is blocked for so many milliseconds. Memory is
 * bounded meanwhile, nothing hangs, and every line is either logged or counted.
 */
export async function isBoundedWhileBlocked(
  script: string,
  lineLength: number,
  blockedFor: number,
): Promise<void> {
  const stop = path.join(tempFolder(), 'stop');
  const argument = { script, stop, lineLength, blockedFor };
  const { code, stdout, stderr } = await runHost('flooded.cjs', argument);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const seen = JSON.parse(stdout.slice('done '.length));
  expect(seen.same).toBe(true);
  // 10 000 lines are kept at most; allowance is made for what an allocator holds back.
  expect(seen.grown).toBeLessThan(400e6);
  // The two lines of the import are none of the flood's.
  expect(seen.lines - 2 + seen.dropped).toBe(seen.written);
}
