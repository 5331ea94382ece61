// Calls with a signal. A signal has one listener per pool, however many calls it may abort, and none
// once they are settled.

import { abortError } from './failures.js';

interface Watched {
  readonly ids: Set<number>;
  readonly listener: () => void;
}

export class Aborts {
  readonly #cancel: (ids: number[]) => void;
  readonly #watched = new Map<AbortSignal, Watched>();

  /** @param cancel cancels the calls with these ids */
  constructor(cancel: (ids: number[]) => void) {
    this.#cancel = cancel;
  }

  /** Watches a signal for one call. Throws if it is aborted already. */
  watch(signal: AbortSignal, id: number): void {
    if (signal.aborted) {
      throw abortError(signal);
    }
    this.#watchedOf(signal).ids.add(id);
    if (signal.aborted) {
      // Adding the listener did that: a signal of the user's own. No call has this id yet.
      this.end(signal, id);
      throw abortError(signal);
    }
  }

  /** The call is settled. Never throws: the outcome must reach the caller. */
  end(signal: AbortSignal, id: number): void {
    const watched = this.#watched.get(signal);
    watched?.ids.delete(id);
    if (watched?.ids.size === 0) {
      this.#watched.delete(signal);
      try {
        signal.removeEventListener('abort', watched.listener);
      } catch {
        // A signal of the user's own may lack the method; the listener then has nothing to cancel.
      }
    }
  }

  #watchedOf(signal: AbortSignal): Watched {
    let watched = this.#watched.get(signal);
    if (!watched) {
      const ids = new Set<number>();
      watched = { ids, listener: () => this.#cancel([...ids]) };
      signal.addEventListener('abort', watched.listener);
      this.#watched.set(signal, watched);
    }
    return watched;
  }
}
