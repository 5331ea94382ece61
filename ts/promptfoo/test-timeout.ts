// The timeout of calls for a test case.

import { isOfTest } from './entry-points.js';
import { getEnvInt } from './environment.js';

/**
 * The timeout of a call that was given these arguments, in milliseconds; undefined for that of the pool. When promptfoo
 * has given up a test case, a call for it must not keep its worker from the other test cases.
 */
export function testTimeout(given: readonly unknown[]): number | undefined {
  const limit = getEnvInt('PROMPTFOO_EVAL_TIMEOUT_MS', 0);
  const isLimited = limit > 0 && getEnvInt('REQUEST_TIMEOUT_MS') === undefined;
  return isLimited && isOfTest(given) ? limit : undefined;
}
