/** Scripts that print faster than Node.js can read. */

import path from 'node:path';
import { fixture, isBoundedWhileBlocked, startHost, tempFolder } from '../support';

const SCRIPT = fixture('prints_and_logs.py');

it('a script that never stops printing does not block the event loop', async () => {
  const argument = { script: SCRIPT, stop: path.join(tempFolder(), 'stop'), lines: 200_000 };
  const host = startHost('counts-turns.cjs', argument);
  const { max } = await host.reported('done');
  // A turn hands over 10 000 lines at most. The bound is generous.
  expect(max).toBeLessThan(50_000);
});

describe('the log flooded while Node.js is blocked for 2 s', () => {
  // 10 000 lines or 64 MiB are kept at most; the bounds allow for memory that the allocator retains.
  it.each([
    { what: 'short lines on both streams', flood: 'flood', lineLength: 100, maxGrowth: 400e6 },
    { what: 'the longest lines', flood: 'flood', lineLength: 16 * 1024, maxGrowth: 400e6 },
    { what: 'long records', flood: 'flood_records', lineLength: 1 << 20, maxGrowth: 200e6 },
  ])(
    'with $what: memory is bounded, nothing hangs, every line is counted',
    ({ what: _, ...flood }) => isBoundedWhileBlocked(SCRIPT, flood, 2000),
  );
});
