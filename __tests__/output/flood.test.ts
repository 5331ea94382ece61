/** Scripts that print faster than Node.js can read. */

import path from 'node:path';
import { fixture, isBoundedWhileBlocked, startHost, tempFolder } from '../support';

const SCRIPT = fixture('prints_and_logs.py');

it('a script that prints without a pause does not keep the event loop from turning', async () => {
  const argument = { script: SCRIPT, stop: path.join(tempFolder(), 'stop'), lines: 200_000 };
  const host = startHost('counts-turns.cjs', argument);
  const { most } = await host.said('done');
  // A turn hands over what has gathered, 10 000 lines at most: generously.
  expect(most).toBeLessThan(50_000);
});

describe('the log flooded while Node.js is blocked for 2 s', () => {
  // 10 000 lines or 64 MiB are kept at most; allowance is made for what an allocator holds back.
  it.each([
    { what: 'short lines on both streams', flood: 'flood', lineLength: 100, most: 400e6 },
    { what: 'the longest lines', flood: 'flood', lineLength: 16 * 1024, most: 400e6 },
    { what: 'long records', flood: 'flood_records', lineLength: 1 << 20, most: 200e6 },
  ])('with $what: memory is bounded, nothing hangs, all are counted', ({ what: _, ...flood }) =>
    isBoundedWhileBlocked(SCRIPT, flood, 2000),
  );
});
