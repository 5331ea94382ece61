// The tests that take too long for `npm test`: a host that is blocked for seconds, hundreds of pools.

import { jest } from '../../scripts/lib/suites/jest.mjs';

export const title = 'Slow tests';
export const nightly =
  'the files named `*.nightly.ts`: an import that takes minutes, a thousand pools';

export function run({ isNightly }) {
  return jest({ kinds: isNightly ? ['slow', 'nightly'] : ['slow'] });
}
