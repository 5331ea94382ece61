// How the parts of a pool log.

import type { NativePoolCallbacks } from './native.js';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** Logs a line; what does not apply is `null` or left out. */
export type Log = (level: Level, text: string, ...context: Partial<ContextValues>) => void;

type ContextValues =
  Parameters<NativePoolCallbacks['log']> extends [unknown, unknown, ...infer Rest] ? Rest : never;
