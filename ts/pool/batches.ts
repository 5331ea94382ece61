// Batched functions: the option `batch`, and what calls of them need on the native side.

import { isBinary } from './arrays.js';
import {
  checkInheritsNone,
  checkInteger,
  checkName,
  checkNames,
  checkOptions,
  isRecord,
  show,
} from './checks.js';
import { invalidArgument } from './failures.js';
import type { NativeBatching } from './native.js';
import { own, withoutForm } from './own.js';

/** How calls of a function are combined: waiting ones are passed to Python as one call, in lists. */
export interface BatchOptions {
  /** Maximum number of calls in a batch, from 1 to 65 535. */
  max: number;
  /**
   * How long a call waits for others although a worker is free, in milliseconds; less than `queueTimeout`. A full
   * batch starts at once, and so does any once a call finds the queue full (`maxQueue`). Default: 0.
   */
  wait?: number | null | undefined;
}

/** How one function is batched. */
export class Batching {
  readonly max: number;
  readonly wait: number;
  /** What the native side gets for calls without keyword arguments, by the number of their arguments. */
  readonly #bySize: NativeBatching[] = [];

  constructor(max: number, wait: number) {
    this.max = max;
    this.wait = wait;
  }

  /**
   * What the native side has to know of a call. Only calls of the same shape are combined: the number of positional
   * arguments, and the names of the keyword arguments.
   *
   * @param length the number of positional arguments
   * @param json the arguments as they are sent
   */
  native(
    length: number,
    kwargs: Record<string, unknown> | undefined,
    json: string,
  ): NativeBatching {
    const names = kwargs === undefined ? [] : sentNames(kwargs, json).sort();
    if (names.length > 0) {
      return this.#native(`${length} ${JSON.stringify(withoutForm(names))}`);
    }
    if (length === 0) {
      throw invalidArgument(
        'A call of a batched function needs an argument: Python counts the calls of a batch by its lists.',
      );
    }
    if (length > MAX_KEPT) {
      return this.#native(`${length}`);
    }
    this.#bySize[length] ??= this.#native(`${length}`);
    return this.#bySize[length];
  }

  #native(shape: string): NativeBatching {
    return own({ shape, max: this.max, wait: this.wait });
  }
}

/** The batched functions of a pool by name, in an object that inherits nothing. */
export type Batches = Readonly<Record<string, Batching>>;

const MAX_BATCH = 2 ** 16 - 1;

/** So many arguments are usual. */
const MAX_KEPT = 16;

const OPTION_NAMES = ['max', 'wait'] as const;

/** Functions whose entry is null or undefined are not batched. */
export function checkBatches(name: string, value: unknown): Record<string, Batching> {
  const source = checkRecord(name, value, '{ embed: { max: 32 } }');
  checkInheritsNone(name, source);
  const batches: Record<string, Batching> = Object.create(null);
  for (const functionName of Object.keys(source)) {
    checkName(`function name in ${name}`, functionName);
    const entry: unknown = Reflect.get(source, functionName);
    if (entry !== undefined && entry !== null) {
      batches[functionName] = checkBatching(`${name}.${functionName}`, entry);
    }
  }
  return batches;
}

function checkBatching(path: string, value: unknown): Batching {
  const given = checkRecord(path, value, '{ max: 32 }');
  checkNames(given, OPTION_NAMES, { what: `Unknown option of ${path}` });
  const checkMax = (_: string, max: unknown) => checkInteger(`${path}.max`, max, 1, MAX_BATCH);
  const { max, wait = 0 } = checkOptions<BatchOptions>(given, {
    max: checkMax,
    wait: (_, wait) => checkWait(`${path}.wait`, wait),
  });
  return new Batching(max ?? checkMax('max', max), wait);
}

function checkRecord(name: string, value: unknown, example: string): object {
  if (!isRecord(value)) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an object such as ${example}.`);
  }
  return value;
}

function checkWait(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be a finite number of milliseconds, at least 0.`,
    );
  }
  return value;
}

/** Refuses a `wait` in which a call that is alone would time out. */
export function checkWaits(batches: Batches, queueTimeout: number): void {
  for (const [functionName, { wait }] of Object.entries(batches)) {
    if (wait >= queueTimeout) {
      throw invalidArgument(
        `Invalid batch.${functionName}.wait: ${wait}. Must be less than queueTimeout (${queueTimeout}), which limits ` +
          'this wait, too.',
      );
    }
  }
}

/** For calls of which there is only one at a time, as of a `PythonWorker`: they need not wait for others. */
export function ofOneCall(batches: Batches): Record<string, Batching> {
  const alone: Record<string, Batching> = Object.create(null);
  for (const name of Object.keys(batches)) {
    alone[name] = new Batching(1, 0);
  }
  return alone;
}

function sentNames(kwargs: Record<string, unknown>, json: string): string[] {
  const sent = Object.values(kwargs).some(mayBeLeftOut) ? JSON.parse(json)[1] : kwargs;
  return Object.keys(sent);
}

/** Whether it has a `toJSON`, which may return `undefined`. */
function mayBeLeftOut(value: unknown): boolean {
  const isAsked = typeof value === 'object' || typeof value === 'bigint';
  return isAsked && value !== null && !isBinary(value) && 'toJSON' in Object(value);
}
