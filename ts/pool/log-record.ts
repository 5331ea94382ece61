// What a script logs and prints.

import type { Level, LineContext } from './log.js';

/** A record of Python's `logging`, or a printed line. */
export interface LogRecord {
  /** In milliseconds since the epoch. */
  time: number;
  /** Name of the Python logger, at most 200 characters of it; empty for a printed line. */
  logger: string;
  /** That of the record; of a printed line, `info` for stdout and `warn` for stderr. */
  level: 'debug' | 'info' | 'warn' | 'error';
  /** The text, in the format that the script has chosen. */
  message: string;
  /** Index of the worker, from 0. */
  worker: number;
  /** What the line was printed to; absent for records of `logging`. */
  stream?: 'stdout' | 'stderr';
  /** File that made the record. */
  file?: string;
  /** Line in that file. */
  line?: number;
  /** Name of the thread that made the record. */
  thread?: string;
  /** The exception that was logged with the record. */
  exception?: { type: string; message: string; traceback: string };
  /**
   * Attributes that the script added to the record, as with `extra={...}`. Values without a form in JSON are
   * texts, as `str()` makes them. What goes beyond 64 Ki characters is left out.
   */
  extra: Record<string, unknown>;
  /**
   * The call that logged or printed this. Absent outside of calls, and once the call has settled. A line of a batch of
   * several calls has none for the `logger`; the `onLog` of each of them gets it with its own call.
   */
  call?: CallInfo;
}

/** A call, as log records name it. */
export interface CallInfo {
  /** Counted from 1 in each pool. */
  id: number;
  /** The function that was called. */
  function: string;
  /** The option `tags` of the call; empty by default. */
  tags: Record<string, unknown>;
}

/** What a worker adds to a record of `logging`. */
type Details = Pick<LogRecord, 'file' | 'line' | 'thread' | 'exception'> & Partial<LogRecord>;

/** The record that a line of a script is; undefined for a line of the pool itself. */
export function recordOf(
  level: Level,
  message: string,
  { worker, stream, logger, time, details }: LineContext,
  call: CallInfo | undefined,
): LogRecord | undefined {
  if (typeof worker !== 'number' || (!stream && typeof logger !== 'string')) {
    return undefined;
  }
  const { file, line, thread, exception, extra = {} } = parse(details);
  return {
    time: time ?? Date.now(),
    logger: logger ?? '',
    level,
    message,
    worker,
    ...(stream && { stream }),
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(thread !== undefined && { thread }),
    ...(exception && { exception }),
    extra,
    ...(call && { call }),
  };
}

function parse(details: string | null | undefined): Details {
  try {
    return details ? JSON.parse(details) : {};
  } catch {
    return {}; // unreachable; but the line must not be lost
  }
}
