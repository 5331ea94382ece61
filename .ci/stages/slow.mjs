// The tests that take too long for `npm test`: a host that is blocked for seconds, a thousand pools.

import { jest } from '../../scripts/lib/suites/jest.mjs';

export const title = 'Slow tests';
export const nightly = 'the import that takes minutes';

export function run({ isNightly }) {
  return jest({ slow: true, only: isNightly ? undefined : '__tests__/(?!.*long-import\\.slow)' });
}
