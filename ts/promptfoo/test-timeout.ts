// The timeout of calls for a test case.

import { isOfTest } from './entry-points.js';
import { getEnvInt } from './environment.js';

/**
 * The timeout of a call with these arguments, in milliseconds; undefined for that of the pool. When promptfoo has given up
 * a test case, a call for it must not keep its worker from the other test cases.
 */
export function testTimeout(args: readonly unknown[]): number | undefined {
  const limit = getEnvInt('PROMPTFOO_EVAL_TIMEOUT_MS', 0);
  const isLimited = limit > 0 && getEnvInt('REQUEST_TIMEOUT_MS') === undefined;
  return isLimited && isOfTest(args) ? limit : undefined;
}
