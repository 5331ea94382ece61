import { fixture, isBoundedWhileBlocked } from '../support';

describe('the log flooded while Node.js is blocked for 10 s', () => {
  it.each([
    { what: 'short lines on both streams', flood: 'flood', lineLength: 100, most: 400e6 },
    { what: 'the longest lines', flood: 'flood', lineLength: 16 * 1024, most: 400e6 },
  ])(
    'with $what: memory is bounded, nothing hangs, all are counted',
    ({ what: _, ...flood }) => isBoundedWhileBlocked(fixture('prints_and_logs.py'), flood, 10_000),
    120_000,
  );
});
