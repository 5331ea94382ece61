// Calls with a signal. A signal has one listener per pool, however many calls it may abort, and none
// once they are settled.

import { abortError } from './failures.js';

interface Watched {
  readonly ids: Set<number>;
  readonly stop: () => void;
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
    let watched = this.#watched.get(signal);
    if (!watched) {
      const ids = new Set<number>();
      watched = { ids, stop: onAbort(signal, () => this.#cancel([...ids])) };
      this.#watched.set(signal, watched);
    }
    watched.ids.add(id);
  }

  /** The call is settled. Never throws: the outcome must reach the caller. */
  end(signal: AbortSignal, id: number): void {
    const watched = this.#watched.get(signal);
    watched?.ids.delete(id);
    if (watched?.ids.size === 0) {
      this.#watched.delete(signal);
      watched.stop();
    }
  }
}

/**
 * Listens to a signal. Throws if it is aborted already.
 *
 * Returns a function that stops listening, and never throws.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    throw abortError(signal);
  }
  signal.addEventListener('abort', listener);
  const stop = (): void => {
    try {
      signal.removeEventListener('abort', listener);
    } catch {
      // A signal of the user's own may lack the method; the listener then has nothing to cancel.
    }
  };
  if (signal.aborted) {
    // Adding the listener did that: a signal of the user's own.
    stop();
    throw abortError(signal);
  }
  return stop;
}
