// The iterator of `map`.

import { onAbort } from './aborts.js';
import type { CheckedCallOptions } from './call-options.js';
import type { Calls } from './calls.js';
import { show } from './checks.js';
import {
  abortError,
  FailedCall,
  hideFrames,
  invalidArgument,
  toError,
  withCode,
} from './failures.js';
import type { Flight } from './flight.js';
import type { MapSource } from './map-source.js';

type Step = IteratorResult<unknown, undefined>;
type SourceStep = IteratorResult<unknown, unknown>;

/** A call whose result has not been delivered. */
interface Entry {
  readonly id: number;
  isSettled: boolean;
  result: unknown;
}

interface Request {
  readonly resolve: (step: Step) => void;
  readonly reject: (reason: unknown) => void;
}

/** What its calls have in common. */
export interface CommonCall {
  readonly script: string;
  readonly functionName: string;
  readonly options: CheckedCallOptions;
}

/**
 * Reads lists of arguments, makes a call for each, and yields the results in order.
 *
 * It ends at one item: the first that fails, or the end of the source. Results before that item are still
 * delivered; calls after it are aborted.
 */
export class OrderedResults implements AsyncIterableIterator<unknown> {
  readonly #calls: Calls;
  readonly #common: CommonCall;
  readonly #source: MapSource;
  readonly #flight: Flight;
  /** By index of the item. */
  readonly #entries = new Map<number, Entry>();
  /** The callers of `next()`. */
  readonly #requests: Request[] = [];
  readonly #fail: (reason: unknown) => never;
  /** Number of items that were read, which is the index of the next one. */
  #read = 0;
  /** Number of results that were delivered. */
  #delivered = 0;
  /** Number of calls without an outcome. */
  #running = 0;
  /** The index of the item at which it ends, once known. */
  #end: number | undefined;
  /** Why it ends there; undefined at the end of the source. */
  #failure: { readonly reason: unknown } | undefined;
  #isStarted = false;
  #isClosing = false;
  /** Settled as the closing of the source is. */
  #closed: Promise<void> = Promise.resolve();
  #stopListening = (): void => {};
  #wakeReader = (): void => {};

  constructor(calls: Calls, common: CommonCall, source: MapSource, flight: Flight) {
    this.#calls = calls;
    this.#common = common;
    this.#source = source;
    this.#flight = flight;
    this.#fail = failWith(common);
  }

  next(): Promise<Step> {
    const step = new Promise<Step>((resolve, reject) => {
      this.#requests.push({ resolve, reject });
    });
    this.#start();
    this.#deliver();
    return step.then(undefined, this.#fail);
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#isStarted = true;
    this.#endAt(this.#delivered);
    this.#failure = undefined;
    await this.#closed.then(undefined, this.#fail);
    return { value: await value, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #start(): void {
    if (this.#isStarted) {
      return;
    }
    this.#isStarted = true;
    const { signal } = this.#common.options;
    try {
      if (signal) {
        this.#stopListening = onAbort(signal, () => this.#abort(signal));
      }
    } catch (error) {
      this.#endAt(0, this.#callFailure(error));
      return;
    }
    void this.#readAll();
  }

  /** Reads the source and makes the calls, as fast as there is room for more. */
  async #readAll(): Promise<void> {
    try {
      while (this.#end === undefined) {
        if (this.#hasRoom()) {
          const step = this.#source.read();
          this.#take(step instanceof Promise ? await step : step);
        } else {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
        }
      }
    } catch (error) {
      this.#endAt(this.#read, { reason: error });
    }
  }

  /** Results that wait take room, too: else a slow consumer would have no bound. */
  #hasRoom(): boolean {
    const { window, maxAhead } = this.#flight;
    return this.#running < window.size && this.#read - this.#delivered < maxAhead;
  }

  #take({ done, value }: SourceStep): void {
    if (this.#end !== undefined) {
      return; // It has ended while the source was read.
    }
    const index = this.#read;
    if (done) {
      this.#endAt(index);
      return;
    }
    this.#read += 1;
    try {
      this.#call(index, value);
    } catch (error) {
      this.#endAt(index, this.#callFailure(error));
    }
  }

  #call(index: number, args: unknown): void {
    const { functionName, options } = this.#common;
    if (!Array.isArray(args)) {
      const problem = invalidArgument(
        `Invalid calls[${index}]: ${show(args)}. Must be an array of arguments; a single argument is an array, too.`,
      );
      throw this.#calls.countRefused(problem, functionName);
    }
    const begun = performance.now();
    const { id, outcome } = this.#calls.start(functionName, args, options);
    const entry: Entry = { id, isSettled: false, result: undefined };
    this.#entries.set(index, entry);
    this.#running += 1;
    outcome.then(
      (result) => {
        entry.isSettled = true;
        entry.result = result;
        this.#settled(begun);
      },
      (reason) => {
        entry.isSettled = true;
        this.#endAt(index, { reason });
        this.#settled(begun);
      },
    );
    if (this.#end !== undefined) {
      this.#drop(this.#end); // Reading the arguments has ended it.
    }
  }

  #settled(begun: number): void {
    this.#flight.window.record(performance.now() - begun);
    this.#running -= 1;
    this.#deliver();
  }

  #deliver(): void {
    while (this.#requests.length > 0) {
      const entry = this.#entries.get(this.#delivered);
      if (entry?.isSettled) {
        this.#entries.delete(this.#delivered);
        this.#delivered += 1;
        this.#requests.shift()?.resolve({ value: entry.result, done: false });
      } else if (this.#delivered === this.#end && !this.#isClosing) {
        this.#finish(this.#requests.shift());
      } else {
        break;
      }
    }
    if (this.#delivered === this.#end) {
      this.#stopListening();
      this.#stopListening = () => {};
    }
    this.#wakeReader();
  }

  #finish(request: Request | undefined): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) {
      request?.reject(failure.reason);
    } else {
      request?.resolve({ value: undefined, done: true });
    }
  }

  /** It ends at an item, unless it ends at an earlier one. */
  #endAt(index: number, failure?: { readonly reason: unknown }): void {
    if (this.#end !== undefined && this.#end <= index) {
      return;
    }
    if (this.#end === undefined) {
      this.#close();
    }
    this.#end = index;
    this.#failure = failure;
    this.#drop(index);
    this.#deliver();
  }

  #close(): void {
    const closed = () => {
      this.#isClosing = false;
      this.#deliver();
    };
    this.#isClosing = true;
    this.#closed = this.#source.close();
    this.#closed.then(closed, closed);
  }

  /** Aborts the calls from an index on, and forgets their results. */
  #drop(from: number): void {
    this.#calls.drop(this.#unsettled(from, this.#read));
    for (let index = from; index < this.#read; index += 1) {
      this.#entries.delete(index);
    }
  }

  /** The ids of the calls in a range that have no outcome yet. */
  #unsettled(from: number, to: number): number[] {
    const ids: number[] = [];
    for (let index = from; index < to; index += 1) {
      const entry = this.#entries.get(index);
      if (entry && !entry.isSettled) {
        ids.push(entry.id);
      }
    }
    return ids;
  }

  /** The caller's signal was aborted. */
  #abort(signal: AbortSignal): void {
    const end = this.#endOfAbort();
    const error = abortError(signal, { started: end < this.#read });
    this.#calls.cancel(this.#unsettled(this.#delivered, end));
    this.#endAt(end, this.#callFailure(error));
  }

  /** The index of the item at which an abort ends it. Calls before it are cancelled, but their outcome counts. */
  #endOfAbort(): number {
    if (this.#common.options.native?.interrupt === false) {
      return this.#read; // Calls that have started settle as if there were no signal.
    }
    const first = this.#entries.get(this.#delivered);
    // Its own error says whether Python had begun it, and in which worker.
    return first && !first.isSettled ? this.#delivered + 1 : this.#delivered;
  }

  #callFailure(error: unknown): { readonly reason: FailedCall } {
    const coded = withCode(error, 'The call cannot be made');
    return { reason: new FailedCall(coded, this.#common.functionName) };
  }
}

/** Returns what makes the error that `next()` rejects with, as a reaction: see `failWith` of calls.ts. */
function failWith({ script, options: { signal } }: CommonCall): (reason: unknown) => never {
  return function fail(reason: unknown): never {
    // Others are errors of the source.
    throw reason instanceof FailedCall ? hideFrames(toError(reason, script, signal), fail) : reason;
  };
}
