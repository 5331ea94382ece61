// Calls in flight. The native side keeps this object alive, so it must not refer to the pool, which could
// then never be collected.

import type { CallLog, LoggedCall } from './call-log.js';
import type { CallTimes } from './channels.js';
import { decodeResult, type Reply } from './encoding.js';
import type { PythonPoolErrorCode } from './errors.js';
import { descriptionOf, FailedCall, type FailureDescription, invalidResult } from './failures.js';
import { Items } from './items.js';
import { Outcomes } from './outcomes.js';
import type { StreamSink } from './stream-sink.js';

interface Settler {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly functionName: string;
  log: CallLog | undefined;
  /** What takes the items of a stream. */
  readonly sink: StreamSink | undefined;
}

export class Pending {
  readonly #settlers = new Map<number, Settler>();
  readonly outcomes: Outcomes;

  /** @param script the script of the pool */
  constructor(script: string) {
    this.outcomes = new Outcomes(script);
  }

  /** The outcome of a call. Rejects with a {@link FailedCall}. */
  outcomeOf(id: number, functionName: string, log: CallLog | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#settlers.set(id, { resolve, reject, functionName, log, sink: undefined });
    });
  }

  /** Passes the items and the outcome of a stream on. */
  addStream(id: number, functionName: string, log: CallLog | undefined, sink: StreamSink): void {
    this.#settlers.set(id, {
      resolve: (value) => sink.end(value),
      reject: (failure) => sink.fail(failure as FailedCall),
      functionName,
      log,
      sink,
    });
  }

  /** From now on, `onLog` of these calls receives nothing: their caller has left. */
  silence(ids: readonly number[]): void {
    for (const id of ids) {
      const settler = this.#settlers.get(id);
      if (settler) {
        settler.log = settler.log?.withoutListener();
      }
    }
  }

  /** A call that has no outcome yet. */
  readonly callOf = (id: number): LoggedCall | undefined => {
    const settler = this.#settlers.get(id);
    return settler && { id, functionName: settler.functionName, log: settler.log };
  };

  /**
   * Takes outcomes from the native side: ids and replies in turn. The id of a failure is negative, and
   * its reply is a description. The id 0 stands for the times of the call that follows.
   */
  readonly deliver = (...outcomes: (number | Reply | CallTimes)[]): void => {
    let times: CallTimes | undefined;
    for (let index = 0; index < outcomes.length; index += 2) {
      const id = outcomes[index] as number;
      if (id === 0) {
        times = outcomes[index + 1] as CallTimes;
      } else {
        this.#settle(id, outcomes[index + 1] as Reply, times);
        times = undefined;
      }
    }
  };

  /** Takes consecutive items of one stream: see {@link Items}. */
  readonly deliverItems = (id: number, bytes: number, count: number, reply: Reply): void => {
    this.#settlers.get(id)?.sink?.receive(new Items(reply, count, bytes));
  };

  #settle(signedId: number, reply: Reply, times: CallTimes | undefined): void {
    const id = Math.abs(signedId);
    const settler = this.#settlers.get(id);
    if (!settler) {
      return; // unreachable; but one call too many must not cost the others their outcomes
    }
    this.#settlers.delete(id);
    if (signedId < 0) {
      this.#fail(id, settler, descriptionOf(reply as string), times);
      return;
    }
    // A result is parsed only here: checking it earlier would take a second pass.
    let result: unknown;
    try {
      result = decodeResult(reply);
    } catch (error) {
      this.#fail(id, settler, invalidResult((error as Error).message), times);
      return;
    }
    settler.resolve(result);
    this.#record(id, settler, undefined, times);
  }

  #fail(
    id: number,
    settler: Settler,
    failure: FailureDescription,
    times: CallTimes | undefined,
  ): void {
    settler.reject(new FailedCall(failure, settler.functionName));
    this.#record(id, settler, failure.code, times);
  }

  #record(
    id: number,
    { functionName, sink }: Settler,
    code: PythonPoolErrorCode | undefined,
    times: CallTimes | undefined,
  ): void {
    if (sink) {
      sink.whenSeen((seen) => this.outcomes.record(id, functionName, seen, times));
    } else {
      this.outcomes.record(id, functionName, code, times);
    }
  }
}
