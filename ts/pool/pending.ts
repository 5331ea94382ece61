// Calls in flight. The native side keeps this object alive, so it must not refer to the pool, which could
// then never be collected.

import { decodeResult, type Reply } from './encoding.js';
import { FailedCall, invalidResult } from './failures.js';

interface Settler {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly functionName: string;
}

export class Pending {
  readonly #settlers = new Map<number, Settler>();

  /** The outcome of a call. Rejects with a {@link FailedCall}. */
  outcomeOf(id: number, functionName: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#settlers.set(id, { resolve, reject, functionName });
    });
  }

  /** The function of a call that has no outcome yet. */
  readonly functionOf = (id: number): string | undefined => this.#settlers.get(id)?.functionName;

  /**
   * Takes outcomes from the native side: ids and replies in turn. The id of a failure is negative, and
   * its reply is a description.
   */
  readonly deliver = (...outcomes: (number | Reply)[]): void => {
    for (let index = 0; index < outcomes.length; index += 2) {
      this.#settle(outcomes[index] as number, outcomes[index + 1] as Reply);
    }
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
