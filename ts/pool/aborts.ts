// Calls with a signal. A signal has one listener per pool, however many calls it may abort, and none
// once they are settled.

import { abortError } from './failures.js';

interface Watched<C> {
  readonly calls: Set<C>;
  readonly stop: () => void;
}

/** `C` is what stands for a call. */
export class Aborts<C> {
  readonly #cancel: (calls: C[]) => void;
  readonly #watched = new Map<AbortSignal, Watched<C>>();

  /** @param cancel cancels these calls */
  constructor(cancel: (calls: C[]) => void) {
    this.#cancel = cancel;
  }

  /** Watches a signal for one call. Throws if it is aborted already. */
  watch(signal: AbortSignal, call: C): void {
    if (signal.aborted) {
      throw abortError(signal);
    }
    let watched = this.#watched.get(signal);
    if (!watched) {
      const calls = new Set<C>();
      watched = { calls, stop: onAbort(signal, () => this.#cancel([...calls])) };
      this.#watched.set(signal, watched);
    }
    watched.calls.add(call);
  }

  /** The call is settled. Never throws: the outcome must reach the caller. */
  end(signal: AbortSignal, call: C): void {
    const watched = this.#watched.get(signal);
    watched?.calls.delete(call);
    if (watched?.calls.size === 0) {
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
