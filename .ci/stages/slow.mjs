// The tests that take too long for `npm test`: a host that is blocked for seconds, a thousand pools.

import { jest } from '../../scripts/lib/suites/jest.mjs';

export const title = 'Slow tests';

export async function run() {
  return jest({ slow: true });
}
