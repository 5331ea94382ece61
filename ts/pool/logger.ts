// Log lines on their way to the user's logger.

import { infoOf, type LoggedCall } from './call-log.js';
import { logToStderr } from './default-logger.js';
import { invokeSafely } from './invoke-safely.js';
import type { Level, LineContext, Log } from './log.js';
import { type LogRecord, recordOf } from './log-record.js';
import type { NativePoolCallbacks } from './native.js';

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

/**
 * The fields of a {@link LogRecord}, as far as they apply: lines of the pool itself have no `logger` and no `extra`,
 * and a `worker` only if they are about one. `call` was a number before 0.2: its `id` is that number.
 */
export interface LogContext extends Partial<LogRecord> {}

/**
 * The function a pool logs with.
 *
 * @param callOf a call in flight
 */
export function makeLog(
  logger: Logger | undefined,
  callOf: (id: number) => LoggedCall | undefined,
): Log {
  const toStderr = logger ? undefined : logToStderr();
  return (level, text, line = {}) => {
    const calls = (line.calls ?? []).flatMap((id) => callOf(id) ?? []);
    const [first, second] = calls;
    // All calls of a batch are of one function.
    toStderr?.(level, text, line.worker, first?.functionName);
    if (logger) {
      const only = second === undefined && first ? infoOf(first) : undefined;
      logTo(logger, recordOf(level, text, line, only) ?? ownLine(level, text, line));
    }
    for (const call of calls) {
      if (call.log?.hasListener) {
        const record = recordOf(level, text, line, infoOf(call));
        if (record) {
          call.log.receive(record);
        }
      }
    }
  };
}

/** A log as the native side calls it. */
export function nativeLog(log: Log): NativePoolCallbacks['log'] {
  return (level, text, worker, calls, stream, logger, time, details) => {
    log(level, text, { worker, calls, stream, logger, time, details });
  };
}

type Line = LogContext & Pick<LogRecord, 'level' | 'message'>;

/** A line of the pool itself. */
function ownLine(level: Level, text: string, { worker, time = Date.now() }: LineContext): Line {
  return typeof worker === 'number'
    ? { time, level, message: `Python worker ${worker}: ${text}`, worker }
    : { time, level, message: text };
}

function logTo(logger: Logger, line: Line): void {
  invokeSafely(() => hasMethod(logger, line.level) && logger[line.level]?.(line.message, line));
}

/** Whether it has the method itself or from its class; what `Object.prototype` has is not for us. */
function hasMethod(logger: Logger, level: Level): boolean {
  const method: unknown = logger[level];
  return typeof method === 'function' && method !== Reflect.get(Object.prototype, level);
}
