// How streams fail on this side.

import { isNativeError } from 'node:util/types';
import { descriptionOf, FailedCall, type FailureDescription } from './failures.js';
import { own } from './own.js';

const NOT_STARTED =
  'Python had not begun the call: no worker was free, or none was ready. Add workers, or raise itemTimeout.';

/** Why the call of a stream failed, unless it returned. */
function describe(failure: FailedCall | undefined): Partial<FailureDescription> {
  if (failure === undefined) {
    return own({});
  }
  const { reason } = failure;
  return isNativeError(reason) ? own({ started: false }) : descriptionOf(reason);
}

/** Whether the call was aborted. */
export function isAbort(failure: FailedCall): boolean {
  return describe(failure).code === 'ABORT_ERR';
}

/**
 * The failure of a stream that was left or aborted, however its call ended.
 *
 * @param failure why the call failed, unless it returned
 */
export function abortOf(functionName: string, failure: FailedCall | undefined): FailedCall {
  const { worker, started = true } = describe(failure);
  const description: FailureDescription = {
    code: 'ABORT_ERR',
    message: '',
    started,
    ...(worker && { worker }),
  };
  return new FailedCall(description, functionName);
}

/** The failure of a stream that was aborted because its next item took longer than `itemTimeout`. */
export function itemTimeoutOf(failure: FailedCall, itemTimeout: number): FailedCall {
  const { worker, started = false } = describe(failure);
  const description: FailureDescription = {
    code: 'ERR_ITEM_TIMEOUT',
    message: `The stream yielded no item for ${itemTimeout}ms, as long as itemTimeout allows`,
    timeout: itemTimeout,
    started,
    ...(worker && { worker }),
    ...(!started && { hint: NOT_STARTED }),
  };
  return new FailedCall(description, failure.functionName);
}
