// The options of one call: their types, their checks, and those that the native side gets.

import { CallLog, type OnLog } from './call-log.js';
import {
  type Checked,
  type Checks,
  checkFlag,
  checkFunction,
  checkInteger,
  checkKeywords,
  checkMilliseconds,
  checkObject,
  checkOptions,
  checkSignal,
  checkTags,
  isSignal,
} from './checks.js';
import { invalidArgument } from './failures.js';
import type { LogRecord } from './log-record.js';
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
   * or cancelled if its function is `async def`, unless `interrupt` is `false`.
   */
  signal?: AbortSignal | null | undefined;
  /**
   * Whether `signal` also aborts the call once it has started. With `false`, the call is only cancelled
   * while it is queued; once started, it settles as if there were no signal. Default: `true`.
   */
  interrupt?: boolean | null | undefined;
  /**
   * Keyword arguments, by name: `{ temperature: 0.2 }`. Those that are `undefined` are left out. A name that
   * the function does not know, or that is also a positional argument, is a `TypeError` in Python
   * (`ERR_PYTHON_EXCEPTION`). Default: none.
   */
  kwargs?: Record<string, unknown> | null | undefined;
  /** Labels for the log records of this call, by name: they stay in Node.js. Default: none. */
  tags?: Record<string, unknown> | null | undefined;
  /**
   * Receives what this call logs and prints, until it settles; the pool's `logger` receives it, too. What it
   * throws is ignored. Default: none.
   */
  onLog?: ((record: LogRecord) => void) | null | undefined;
  /**
   * How often to run the call again if its worker is lost (`ERR_WORKER_CRASHED`). Its function must be
   * safe to run twice. A timeout, an abort or an exception is never followed by another run. Default: 0.
   */
  retries?: number | null | undefined;
}

/** Options of `map`. */
export interface MapOptions extends CallOptions {
  /**
   * Maximum number of calls in flight, with results that wait for `next()`: the iterable is read no further
   * ahead. Default: as many as keep all workers busy, at most 32 for each worker. While calls are slow, a worker
   * has two of them, one of which waits; with `maxQueue` or `queueTimeout`, always one. A worker that runs several
   * calls at the same time has as many times more. Of a batched function it is batches of `max` calls that count: two
   * for each worker, with `maxQueue` as many calls as it has room for, and with `queueTimeout` fewer while they take
   * more than half of it.
   */
  inFlight?: number | null | undefined;
}

const MAX_COUNT = 2 ** 32 - 1;

function checkRetries(name: string, value: unknown): number {
  return checkInteger(name, value, 0, MAX_COUNT);
}

function checkInFlight(name: string, value: unknown): number {
  return checkInteger(name, value, 1, MAX_COUNT);
}

export const CALL_CHECKS: Checks<CallOptions> = {
  timeout: checkMilliseconds,
  signal: checkSignal,
  interrupt: checkFlag,
  ...RESULT_CHECKS,
  kwargs: checkKeywords,
  tags: checkTags,
  onLog: checkFunction<OnLog>,
  retries: checkRetries,
};

const MAP_CHECKS: Checks<MapOptions> = { ...CALL_CHECKS, inFlight: checkInFlight };

export interface CheckedCallOptions {
  signal: AbortSignal | undefined;
  /** Keyword arguments; undefined if there are none. */
  kwargs: Record<string, unknown> | undefined;
  /** What its log records need; undefined if they need nothing. */
  log: CallLog | undefined;
  /** The options for the native side; undefined if none of them is set. */
  native: NativeCallOptions | undefined;
}

const NONE: CheckedCallOptions = Object.freeze({
  signal: undefined,
  kwargs: undefined,
  log: undefined,
  native: undefined,
});

export function checkCallOptions(options: CallOptions | null | undefined): CheckedCallOptions {
  return options === undefined || options === null ? NONE : prepare(check(options, CALL_CHECKS));
}

export interface CheckedMapOptions {
  inFlight: number | undefined;
  /** The options of each call. */
  call: CheckedCallOptions;
}

export function checkMapOptions(options: MapOptions | null | undefined): CheckedMapOptions {
  if (options === undefined || options === null) {
    return { inFlight: undefined, call: NONE };
  }
  const { inFlight, ...call } = check(options, MAP_CHECKS);
  return { inFlight, call: prepare(own(call)) };
}

/** The options of a call that are set, checked. */
export function check<O extends object>(options: O, checks: Checks<O>): Checked<O> {
  if (isSignal(options)) {
    throw invalidArgument('Invalid options: an AbortSignal. Pass it as { signal }.');
  }
  return checkOptions(
    checkObject('options', options),
    checks,
    'Arguments of the function by name belong in kwargs: { kwargs: { ... } }.',
  );
}

/** Sorts checked options by who needs them. */
export function prepare(checked: Checked<CallOptions>): CheckedCallOptions {
  const { signal, kwargs, tags, onLog, ...native } = checked;
  const log = tags || onLog ? new CallLog(tags, onLog) : undefined;
  if (kwargs !== undefined && Object.keys(kwargs).length > 0) {
    return { signal, kwargs, log, native: own({ ...native, keywords: true }) };
  }
  const isSet = Object.keys(native).length > 0;
  return { signal, kwargs: undefined, log, native: isSet ? own(native) : undefined };
}
