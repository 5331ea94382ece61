// How the parts of a pool log.

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** What a line is about; what does not apply is `null` or left out. */
export interface LineContext {
  /** Index of the worker. */
  worker?: number | null;
  /** Ids of the calls: several for a batch. */
  calls?: readonly number[];
  /** What the script printed to. */
  stream?: 'stdout' | 'stderr' | null;
  /** Name of the Python logger. */
  logger?: string | null;
  /** In milliseconds since the epoch. */
  time?: number;
  /** Further fields of a record of Python's `logging`, as JSON. */
  details?: string | null;
}

/** Logs a line. Never throws: a line is no reason to lose a call. */
export type Log = (level: Level, text: string, context?: LineContext) => void;
