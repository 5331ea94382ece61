// The options of one stream: their type, their checks, and those that the native side gets.

import type { CallLog } from './call-log.js';
import {
  CALL_CHECKS,
  type CallOptions,
  check,
  type NativeCallOptions,
  prepare,
} from './call-options.js';
import { type Checks, checkInteger, checkMilliseconds } from './checks.js';
import { invalidArgument } from './failures.js';
import { own } from './own.js';

/** Options of a stream. */
export interface StreamOptions
  extends Omit<CallOptions, 'retries' | 'timeout' | 'signal' | 'interrupt'> {
  /**
   * Limit on the whole stream, in milliseconds, counted from the moment a worker has the call, including time
   * spent waiting for the consumer. Default: `Infinity`, none.
   */
  timeout?: number | null | undefined;
  /**
   * Limit on each wait for an item, in milliseconds: while `next()` waits with nothing buffered, or `result` is
   * awaited instead of items. A stream that exceeds it ends with `ERR_ITEM_TIMEOUT`. The wait for a free worker
   * counts, too; the time that the consumer takes for an item does not. `Infinity`: none. Default: the pool's
   * `timeout`.
   */
  itemTimeout?: number | null | undefined;
  /**
   * How many items Python may produce ahead of the consumer, from 1 to 65 535. It is also at most 256 KiB
   * ahead, not counting the last item. Default: 64.
   */
  highWaterMark?: number | null | undefined;
  /**
   * Aborts the stream: buffered items are dropped, and `next()` and `result` reject with an `AbortError` (code
   * `ABORT_ERR`) whose `cause` is the signal's reason. A queued call never reaches Python; a generator is closed
   * as when its loop is left.
   */
  signal?: AbortSignal | null | undefined;
  /**
   * Whether `signal` also aborts a stream that has had its first item. With `false`, the stream then goes on as
   * if there were no signal. Leaving the loop closes the generator anyway. Default: `true`.
   */
  interrupt?: boolean | null | undefined;
}

const MAX_WINDOW = 2 ** 16 - 1;
const DEFAULT_WINDOW = 64;

function checkHighWaterMark(name: string, value: unknown): number {
  return checkInteger(name, value, 1, MAX_WINDOW);
}

const { retries: _, ...COMMON_CHECKS } = CALL_CHECKS;

const CHECKS: Checks<StreamOptions> = {
  ...COMMON_CHECKS,
  itemTimeout: checkMilliseconds,
  highWaterMark: checkHighWaterMark,
};

export interface CheckedStreamOptions {
  signal: AbortSignal | undefined;
  /** Whether `signal` counts after the first item. */
  interrupt: boolean;
  /** Keyword arguments; undefined if there are none. */
  kwargs: Record<string, unknown> | undefined;
  /** What its log records need; undefined if they need nothing. */
  log: CallLog | undefined;
  itemTimeout: number;
  /** How many items Python may be ahead. */
  window: number;
  /** The options for the native side. */
  native: NativeCallOptions;
}

/** @param timeout the pool's */
export function checkStreamOptions(
  options: StreamOptions | null | undefined,
  timeout: number,
): CheckedStreamOptions {
  const given = withoutRetries(options ?? {});
  const {
    itemTimeout = timeout,
    highWaterMark: window = DEFAULT_WINDOW,
    interrupt = true,
    timeout: limit = Number.POSITIVE_INFINITY,
    ...common
  } = check<StreamOptions>(given, CHECKS);
  const { signal, kwargs, log, native } = prepare(own(common));
  const forNative = own({ ...native, timeout: limit, window });
  return { signal, interrupt, kwargs, log, itemTimeout, window, native: forNative };
}

/** Refuses `retries`, which is ignored like any other option if it is null or undefined. */
function withoutRetries(options: StreamOptions): StreamOptions {
  if (typeof options !== 'object' || !Object.hasOwn(options, 'retries')) {
    return options;
  }
  const retries: unknown = Reflect.get(options, 'retries');
  if (retries !== undefined && retries !== null) {
    throw invalidArgument(
      'Invalid retries: a stream cannot run again, because its items may have been taken. Leave it out.',
    );
  }
  const { retries: _, ...others }: PropertyDescriptorMap =
    Object.getOwnPropertyDescriptors(options);
  return Object.create(Object.getPrototypeOf(options), others);
}
