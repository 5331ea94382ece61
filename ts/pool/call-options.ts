// The options of one call: their types, their checks, and those that the native side gets.

import {
  type Checked,
  type Checks,
  checkFlag,
  checkMilliseconds,
  checkObject,
  checkOptions,
  checkSignal,
} from './checks.js';
import type { NativeCallOptions } from './native.js';
import { own } from './own.js';
import { RESULT_CHECKS, type ResultOptions } from './result-options.js';

export type { NativeCallOptions };

/** Options of one call. */
export interface CallOptions extends ResultOptions {
  /**
   * Limit on the time a worker may take for this call, in milliseconds. `Infinity`: none. Default: the
   * pool's `timeout`.
   */
  timeout?: number | null | undefined;
  /**
   * Aborts the call: it rejects with an `AbortError` (code `ABORT_ERR`) whose `cause` is the signal's
   * reason. A queued call never reaches Python; a running one is interrupted and its worker replaced,
   * unless `interrupt` is `false`.
   */
  signal?: AbortSignal | null | undefined;
  /**
   * Whether `signal` also aborts the call once it has started. With `false`, the call is only cancelled
   * while it is queued; once started, it settles as if there were no signal. Default: `true`.
   */
  interrupt?: boolean | null | undefined;
}

const CHECKS: Checks<CallOptions> = {
  timeout: checkMilliseconds,
  signal: checkSignal,
  interrupt: checkFlag,
  ...RESULT_CHECKS,
};

export interface CheckedCallOptions {
  signal: AbortSignal | undefined;
  /** The options for the native side; undefined if none of them is set. */
  native: NativeCallOptions | undefined;
}

const NONE: CheckedCallOptions = Object.freeze({ signal: undefined, native: undefined });

export function checkCallOptions(options: CallOptions | null | undefined): CheckedCallOptions {
  if (options === undefined || options === null) {
    return NONE;
  }
  const checked: Checked<CallOptions> = checkOptions(checkObject('options', options), CHECKS);
  const { signal, ...native } = checked;
  return { signal, native: Object.keys(native).length > 0 ? own(native) : undefined };
}
