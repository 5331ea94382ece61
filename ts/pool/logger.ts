// Log lines on their way to the user's logger.

import { logToStderr } from './default-logger.js';
import type { LEVELS, Log } from './log.js';

/** Receives log lines. Lines for a missing method are dropped, and exceptions it throws are ignored. */
export interface Logger {
  /** Events of the pool itself: interpreter found, worker started, worker ready. */
  debug?(message: string, context: LogContext): void;
  /** What the script prints to stdout. */
  info?(message: string, context: LogContext): void;
  /** What the script prints to stderr; crashed workers that are restarted; slow imports. */
  warn?(message: string, context: LogContext): void;
  /** Workers that are not restarted any more. */
  error?(message: string, context: LogContext): void;
}

/** What a log line is about. Records of Python's `logging` keep their level. */
export interface LogContext {
  /** Index of the worker, from 0. */
  worker?: number;
  /** Number of the call that the worker was running, counted from 1 in each pool, if known. */
  call?: number;
  /** The stream that the script printed to; absent for the pool's own lines and Python's `logging`. */
  stream?: 'stdout' | 'stderr';
  /** Name of the Python logger, for records of Python's `logging`; at most 200 characters of it. */
  logger?: string;
}

export type { Log } from './log.js';

const ignore = (): void => {};

/**
 * The function a pool logs with. It never throws: a log line is no reason to lose a call.
 *
 * @param functionOf the function of a call in flight
 */
export function makeLog(
  logger: Logger | undefined,
  functionOf: (call: number) => string | undefined,
): Log {
  return logger ? logTo(logger) : logToStderr(functionOf);
}

function logTo(logger: Logger): Log {
  return (level, text, worker, call, stream, pythonLogger) => {
    try {
      const context: LogContext = definedOnly({ worker, call, stream, logger: pythonLogger });
      const isPoolsOwn = !stream && !pythonLogger && context.worker !== undefined;
      const message = isPoolsOwn ? `Python worker ${context.worker}: ${text}` : text;
      const returned: unknown = hasMethod(logger, level) && logger[level]?.(message, context);
      // An async method throws by rejecting.
      (returned as Promise<unknown> | undefined)?.catch?.(ignore);
    } catch {
      // See above.
    }
  };
}

/** Whether it has the method itself or from its class; what `Object.prototype` has is not for us. */
function hasMethod(logger: Logger, level: (typeof LEVELS)[number]): boolean {
  const method: unknown = logger[level];
  return typeof method === 'function' && method !== Reflect.get(Object.prototype, level);
}

function definedOnly(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}
