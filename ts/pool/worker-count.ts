// How many workers a pool has: a fixed number, or as many as the calls need.

import {
  type Check,
  checkInteger,
  checkMilliseconds,
  checkNames,
  checkOptions,
  isRecord,
  show,
} from './checks.js';
import { invalidArgument } from './failures.js';

/** Workers that start and end with the calls. */
export interface ElasticWorkers {
  /**
   * The smallest number of workers, from 0 to `max`. `initialize` starts them; with 0, the first call starts one.
   * Default: 1.
   */
  min?: number | null | undefined;
  /** The largest number of workers, from 1 to 1024. */
  max: number;
  /** For how many milliseconds a worker may be idle before it ends, if there are more than `min`. Default: 60 000. */
  idleTimeout?: number | null | undefined;
}

/** Both are the same for a fixed number. */
export interface WorkerCount {
  min: number;
  max: number;
  idleTimeout?: number;
}

export const MIN_WORKERS = 1;
const MAX_WORKERS = 1024;
const DEFAULT_IDLE_TIMEOUT = 60_000;
const NAMES = ['min', 'max', 'idleTimeout'] as const;

/** `initialize()` refuses an integer that is too small. */
export function checkWorkers(_: string, value: unknown): WorkerCount {
  if (isRecord(value)) {
    return checkElastic(value);
  }
  if (!Number.isInteger(value)) {
    throw invalidArgument(`Invalid worker count: ${show(value)}. Must be an integer, at least 1.`);
  }
  const count = value as number;
  const checked =
    count < MIN_WORKERS ? count : checkInteger('worker count', count, MIN_WORKERS, MAX_WORKERS);
  return { min: checked, max: checked };
}

function checkElastic(value: object): WorkerCount {
  checkNames(value, NAMES, { what: 'Unknown option of workers' });
  const checkMax: Check<number> = (_, max) =>
    checkInteger('workers.max', max, MIN_WORKERS, MAX_WORKERS);
  const given = checkOptions<ElasticWorkers>(value, {
    min: (_, min) => checkInteger('workers.min', min, 0, MAX_WORKERS),
    max: checkMax,
    idleTimeout: (_, time) => checkMilliseconds('workers.idleTimeout', time),
  });
  const max = given.max ?? checkMax('max', given.max);
  const { min = Math.min(1, max), idleTimeout = DEFAULT_IDLE_TIMEOUT } = given;
  if (min > max) {
    throw invalidArgument(
      `Invalid workers.min: ${min}. Must not be above workers.max, which is ${max}.`,
    );
  }
  return { min, max, idleTimeout };
}
