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
  }

  /** The call is settled. */
  end(signal: AbortSignal, id: number): void {
    const watched = this.#watched.get(signal);
    watched?.ids.delete(id);
    if (watched?.ids.size === 0) {
      signal.removeEventListener('abort', watched.listener);
      this.#watched.delete(signal);
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
