// Where the items and the outcome of a stream arrive. The native side keeps this object alive, so it must not refer to
// the stream that users have, which could then never be collected, except while one of its promises is awaited.

import type { PythonPoolErrorCode } from './errors.js';
import {
  codeOf,
  FailedCall,
  hideFrames,
  invalidResult,
  type Rejection,
  toError,
} from './failures.js';
import { ItemBuffer } from './item-buffer.js';
import { ItemClock } from './item-clock.js';
import type { Items } from './items.js';
import type { NativePool } from './native.js';
import { abortOf, isAbort, itemTimeoutOf } from './stream-failures.js';

export type Step = IteratorResult<unknown, undefined>;

/** The part of a native pool that streams need. */
export type StreamChannel = Pick<NativePool, 'cancel' | 'credit' | 'hold' | 'release'>;

/** What a stream is about. */
export interface StreamCall {
  readonly id: number;
  readonly functionName: string;
  /** The script of the pool. */
  readonly script: string;
  readonly signal: AbortSignal | undefined;
  /** Whether `signal` counts after the first item. */
  readonly interrupt: boolean;
  /** In milliseconds. */
  readonly itemTimeout: number;
  /** How many items Python may be ahead. */
  readonly window: number;
}

/** What a stream tells its maker. */
export interface StreamEvents {
  /** No signal can change anything any more. */
  readonly onDrained: (sink: StreamSink) => void;
  /** The stream is over for its consumer, and may not be in Python. */
  readonly onCut: () => void;
}

/** Counts a stream by the code of its error. */
type Count = (code: PythonPoolErrorCode | undefined) => void;

/** A promise that is awaited. */
interface Request<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (failure: FailedCall) => void;
  /** The stream, which is not collected meanwhile. */
  readonly owner: object;
}

interface Outcome {
  readonly value: unknown;
  readonly failure: FailedCall | undefined;
}

export class StreamSink {
  readonly #call: StreamCall;
  readonly #channel: StreamChannel;
  readonly #events: StreamEvents;
  readonly #fail: (rejection: Rejection) => never;
  readonly #buffer: ItemBuffer;
  readonly #clock: ItemClock;
  /** The callers of `next()`. */
  readonly #requests: Request<Step>[] = [];
  /** Whoever awaits the result. */
  #resultRequest: Request<unknown> | undefined;
  /** How the call ended, which counts once the buffered items are taken. */
  #outcome: Outcome | undefined;
  /** It ends early: whatever Python still sends is dropped. */
  #isStopped = false;
  #isTimedOut = false;
  #isCancelled = false;
  #hasHadItems = false;
  /** Whether `next()` was called, so that the items are for its callers. */
  #isIterated = false;
  /** Whether `next()` has nothing more to say. */
  #isOver = false;
  /** Whether Node.js is kept alive. */
  #isHolding = false;
  /** Whether the consumer knows how the stream has ended, has left it, or is gone. */
  #isSeen = false;
  #count: Count | undefined;

  constructor(call: StreamCall, channel: StreamChannel, events: StreamEvents) {
    const { id, itemTimeout, window } = call;
    this.#call = call;
    this.#channel = channel;
    this.#events = events;
    this.#fail = failWith(call);
    this.#buffer = new ItemBuffer(window, (items, bytes) => channel.credit(id, items, bytes));
    this.#clock = new ItemClock(itemTimeout, () => this.#onItemTimeout());
  }

  /** @param owner the stream */
  next(owner: object): Promise<Step> {
    this.#isIterated = true;
    if (this.#hasStep) {
      try {
        return Promise.resolve(this.#step());
      } catch (failure) {
        return this.#rejected(failure as FailedCall);
      }
    }
    const step = new Promise<Step>((resolve, reject) => {
      this.#requests.push({ resolve, reject, owner });
    });
    this.#update();
    return step.then(undefined, this.#fail);
  }

  /**
   * The return value, or the error. Unless the items are iterated over, they are discarded from now on.
   *
   * @param owner the stream
   */
  result(owner: object): Promise<unknown> {
    if (this.#outcome) {
      const { failure, value } = this.#outcome;
      this.#see();
      return failure ? this.#rejected(failure) : Promise.resolve(value);
    }
    const result = new Promise<unknown>((resolve, reject) => {
      this.#resultRequest = { resolve, reject, owner };
    });
    this.#update();
    // Not before code that has just begun to iterate has called `next()`.
    queueMicrotask(() => this.#discard());
    return result.then(undefined, this.#fail);
  }

  /** The consumer leaves: callers of `next()` get `done`, and the generator is closed. */
  close(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#stop();
      this.#serve();
    }
  }

  /** The consumer is gone without having left. */
  abandon(): void {
    this.#see();
    this.close();
  }

  /** The signal was aborted. */
  abort(): void {
    if (this.#call.interrupt || !this.#hasHadItems) {
      this.#stop();
      this.#serve();
    }
  }

  /** Items from Python. */
  receive(items: Items): void {
    if (this.#isStopped || this.#outcome) {
      return;
    }
    this.#hasHadItems = true;
    this.#buffer.add(items);
    this.#clock.stop();
    this.#serve();
    this.#discard();
  }

  /** The call has returned. */
  end(value: unknown): void {
    this.#settle({ value, failure: undefined });
  }

  /** The call has failed. */
  fail(failure: FailedCall): void {
    // An item that JavaScript has no room for ends the stream here, but not in Python.
    this.#cancel();
    this.refuse(failure);
  }

  /** The call was never sent. */
  refuse(failure: FailedCall): void {
    this.#settle({ value: undefined, failure });
  }

  /** The call has ended. Counts it once it is known how its consumer sees that. */
  whenSeen(count: Count): void {
    this.#count = count;
    this.#countSeen();
  }

  get #hasStep(): boolean {
    return !this.#buffer.isEmpty || this.#outcome !== undefined || this.#isOver;
  }

  /** The next step. Throws a {@link FailedCall}. */
  #step(): Step {
    if (!this.#buffer.isEmpty) {
      const value = this.#take();
      if (value !== undefined) {
        return { value, done: false };
      }
    }
    const failure = this.#isOver ? undefined : this.#outcome?.failure;
    this.#isOver = true;
    this.#see();
    if (failure) {
      throw failure;
    }
    return { value: undefined, done: true };
  }

  /** The next item; undefined if it is invalid, which ends the stream. */
  #take(): unknown {
    try {
      return this.#buffer.take();
    } catch (error) {
      this.#breakOff(error as Error);
      return undefined;
    } finally {
      this.#checkDrained();
    }
  }

  #serve(): void {
    while (this.#hasStep) {
      const request = this.#requests.shift();
      if (request === undefined) {
        break;
      }
      try {
        request.resolve(this.#step());
      } catch (failure) {
        request.reject(failure as FailedCall);
      }
    }
    this.#update();
  }

  /** Drops the items if only the result is awaited. */
  #discard(): void {
    if (this.#resultRequest && !this.#isIterated) {
      this.#buffer.discard();
    }
  }

  #settle(outcome: Outcome): void {
    if (this.#outcome) {
      return;
    }
    this.#outcome = this.#seenFromHere(outcome);
    this.#settleResult(this.#outcome);
    this.#checkDrained();
    this.#serve();
  }

  #seenFromHere(outcome: Outcome): Outcome {
    const { functionName, itemTimeout } = this.#call;
    if (this.#isStopped) {
      return { value: undefined, failure: abortOf(functionName, outcome.failure) };
    }
    return this.#isTimedOut && outcome.failure && isAbort(outcome.failure)
      ? { value: undefined, failure: itemTimeoutOf(outcome.failure, itemTimeout) }
      : outcome;
  }

  #settleResult({ value, failure }: Outcome): void {
    const request = this.#resultRequest;
    if (!request) {
      return;
    }
    this.#resultRequest = undefined;
    this.#see();
    if (failure) {
      request.reject(failure);
    } else {
      request.resolve(value);
    }
  }

  /** Whether a failure is all that is left. */
  get #hasFailed(): boolean {
    return this.#outcome?.failure !== undefined && this.#buffer.isEmpty;
  }

  #stop(): void {
    if (this.#isStopped || this.#hasFailed) {
      return;
    }
    this.#isStopped = true;
    this.#events.onCut();
    this.#buffer.clear();
    if (this.#outcome) {
      this.#outcome = this.#seenFromHere(this.#outcome);
      this.#checkDrained();
    } else {
      this.#cancel();
    }
  }

  /** An item is invalid. */
  #breakOff({ message }: Error): void {
    this.#buffer.clear();
    this.#events.onCut();
    this.#cancel();
    const failure = new FailedCall(invalidResult(message), this.#call.functionName);
    this.#outcome = { value: undefined, failure };
    this.#settleResult(this.#outcome);
    this.#checkDrained();
    this.#update();
  }

  #onItemTimeout(): void {
    this.#isTimedOut = true;
    this.#cancel();
  }

  #cancel(): void {
    if (!this.#isCancelled) {
      this.#isCancelled = true;
      this.#channel.cancel([this.#call.id]);
    }
  }

  #checkDrained(): void {
    if (this.#outcome && this.#buffer.isEmpty) {
      this.#clock.close();
      this.#events.onDrained(this);
      if (this.#outcome.failure) {
        this.#see();
      }
    }
  }

  #see(): void {
    this.#isSeen = true;
    this.#countSeen();
  }

  #countSeen(): void {
    const count = this.#count;
    if (count && this.#isSeen) {
      this.#count = undefined;
      const failure = this.#outcome?.failure;
      count(failure && codeOf(failure.reason));
    }
  }

  /** Keeps Node.js alive, and measures the wait for an item, as long as there is one. */
  #update(): void {
    const isWaiting = this.#requests.length > 0;
    const isAwaited = isWaiting || this.#resultRequest !== undefined;
    if (isAwaited !== this.#isHolding) {
      this.#isHolding = isAwaited;
      if (isAwaited) {
        this.#channel.hold();
      } else {
        this.#channel.release();
      }
    }
    const isDiscarding = isAwaited && !this.#isIterated;
    if ((isWaiting || isDiscarding) && !this.#outcome && !this.#isCancelled) {
      this.#clock.start();
    } else {
      this.#clock.stop();
    }
  }

  #rejected(failure: FailedCall): Promise<never> {
    return Promise.reject(failure).then(undefined, this.#fail);
  }
}

/** Returns what makes the errors of a stream, as a reaction: see `failWith` of calls.ts. */
function failWith({ script, signal }: StreamCall): (rejection: Rejection) => never {
  return function fail(rejection: Rejection): never {
    throw hideFrames(toError(rejection, script, signal), fail);
  };
}
