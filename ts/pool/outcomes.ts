// How the calls of a pool have ended. The native side keeps this object alive, as it does `Pending`.

import { type CallTimes, publishCall, watchesCalls } from './channels.js';
import type { PythonPoolErrorCode } from './errors.js';
import type { PoolStats } from './stats.js';

/** Of a call that was refused at once. */
const NO_TIME: CallTimes = [0];

export class Outcomes {
  readonly #script: string;
  readonly #failed = new Map<PythonPoolErrorCode, number>();
  #succeeded = 0;
  #cancelled = 0;

  constructor(script: string) {
    this.#script = script;
  }

  get counts(): PoolStats['calls'] {
    const failed = Object.fromEntries(this.#failed);
    return { succeeded: this.#succeeded, cancelled: this.#cancelled, failed };
  }

  /**
   * Counts a call that is over, and publishes it if its times are known: they are while there is a subscriber.
   *
   * @param code why it failed; undefined if it did not
   */
  record(
    id: number | undefined,
    name: string | undefined,
    code: PythonPoolErrorCode | undefined,
    times: CallTimes | undefined,
  ): void {
    if (code === undefined) {
      this.#succeeded += 1;
    } else if (code === 'ABORT_ERR') {
      this.#cancelled += 1;
    } else {
      this.#failed.set(code, (this.#failed.get(code) ?? 0) + 1);
    }
    if (times && watchesCalls()) {
      publishCall({ id, function: name, script: this.#script, code }, times);
    }
  }

  /** The same for a call that was refused before the pool had it. */
  refuse(id: number | undefined, name: string | undefined, code: PythonPoolErrorCode): void {
    this.record(id, name, code, NO_TIME);
  }
}
