import { isBoundedWhileBlocked } from '../hosts/flood';
import { fixture } from '../support';

describe('both streams flooded while Node.js is blocked for 10 s', () => {
  it.each([
    ['short lines', 100],
    ['the longest lines', 16 * 1024],
  ])(
    'with %s: memory is bounded, nothing hangs, every line is counted',
    (_, lineLength) => isBoundedWhileBlocked(fixture('output_noisy.py'), lineLength, 10_000),
    120_000,
  );
});
