// What a pool publishes with `diagnostics_channel`, for those who subscribe.

import { channel } from 'node:diagnostics_channel';
import type { NativePool, NativePoolCallbacks } from './native.js';

const CALLS = channel('python-worker-pool:call');
const WORKERS = channel('python-worker-pool:worker');

/** How long a call waited; if it had a place in a worker, the index of that, and how long it ran. */
export type CallTimes = [wait: number] | [wait: number, worker: number, run: number];

/** A call that is over. */
export interface EndedCall {
  readonly id?: number | undefined;
  readonly function: string | undefined;
  readonly script: string;
  /** Why it failed, if it did. */
  readonly code?: string | undefined;
}

/** Whether a call that is made now will be published, and needs its times. */
export function watchesCalls(): boolean {
  return CALLS.hasSubscribers;
}

export function publishCall(call: EndedCall, [waitTime, worker, runTime]: CallTimes): void {
  // Node.js reports what a subscriber throws as an uncaught exception in the next tick, so it never comes back here.
  CALLS.publish({ ...call, waitTime, worker, runTime });
}

/** The callback for states of workers, of a pool with this script. */
export function publishWorkers(script: string): NativePoolCallbacks['worker'] {
  return (index, pid, state) => {
    if (WORKERS.hasSubscribers) {
      WORKERS.publish({ index, pid, state, script });
    }
  };
}

/**
 * Tells a native pool whether to report workers that become idle or busy, too. Those change with every call, so they
 * are reported only to subscribers, and those are noticed only when the pool is used.
 */
export class WorkerWatch {
  readonly #native: NativePool;
  #isOn = false;

  constructor(native: NativePool) {
    this.#native = native;
  }

  update(): void {
    const isOn = WORKERS.hasSubscribers;
    if (isOn !== this.#isOn) {
      this.#isOn = isOn;
      this.#native.watchCalls(isOn);
    }
  }
}
