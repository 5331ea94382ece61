// Calls in flight. The native side keeps this object alive, so it must not refer to the pool, which could
// then never be collected.

import type { CallLog, LoggedCall } from './call-log.js';
import { decodeResult, type Reply } from './encoding.js';
import { FailedCall, invalidResult } from './failures.js';
import type { StreamSink } from './stream-sink.js';

interface Settler {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly functionName: string;
  readonly log: CallLog | undefined;
}

export class Pending {
  readonly #settlers = new Map<number, Settler>();
  readonly #sinks = new Map<number, StreamSink>();

  /** The outcome of a call. Rejects with a {@link FailedCall}. */
  outcomeOf(id: number, functionName: string, log: CallLog | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#settlers.set(id, { resolve, reject, functionName, log });
    });
  }

  /** Passes the items and the outcome of a stream on. */
  addStream(id: number, functionName: string, log: CallLog | undefined, sink: StreamSink): void {
    this.#sinks.set(id, sink);
    this.#settlers.set(id, {
      resolve: (value) => {
        this.#sinks.delete(id);
        sink.end(value);
      },
      reject: (failure) => {
        this.#sinks.delete(id);
        sink.fail(failure as FailedCall);
      },
      functionName,
      log,
    });
  }

  /** A call that has no outcome yet. */
  readonly callOf = (id: number): LoggedCall | undefined => {
    const settler = this.#settlers.get(id);
    return settler && { id, functionName: settler.functionName, log: settler.log };
  };

  /**
   * Takes outcomes from the native side: ids and replies in turn. The id of a failure is negative, and
   * its reply is a description.
   */
  readonly deliver = (...outcomes: (number | Reply)[]): void => {
    for (let index = 0; index < outcomes.length; index += 2) {
      this.#settle(outcomes[index] as number, outcomes[index + 1] as Reply);
    }
  };

  /** Takes consecutive items of one stream, which take so many bytes. */
  readonly deliverItems = (id: number, bytes: number, ...replies: Reply[]): void => {
    this.#sinks.get(id)?.receive(replies, bytes);
  };

  #settle(signedId: number, reply: Reply): void {
    const id = Math.abs(signedId);
    const settler = this.#settlers.get(id);
    if (!settler) {
      return; // unreachable; but one call too many must not cost the others their outcomes
    }
    this.#settlers.delete(id);
    if (signedId < 0) {
      settler.reject(new FailedCall(reply as string, settler.functionName));
      return;
    }
    // A result is parsed only here: checking it earlier would take a second pass.
    try {
      settler.resolve(decodeResult(reply));
    } catch (error) {
      const description = invalidResult((error as Error).message);
      settler.reject(new FailedCall(description, settler.functionName));
    }
  }
}
