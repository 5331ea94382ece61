'use strict';

// Calls that a signal may abort. A signal has one listener, however many calls wait for it, and none
// when they are settled.

const { abortError } = require('./errors.js');

class Aborts {
  #abort;
  /** The keys of the calls of each signal, and its listener. */
  #watched = new Map();

  /** @param {(keys: number[]) => void} abort aborts the calls with these keys */
  constructor(abort) {
    this.#abort = abort;
  }

  /**
   * Begins to watch a signal for one call. Throws when it has fired already.
   * @param {AbortSignal} signal
   * @param {number} key the call's
   */
  watch(signal, key) {
    if (signal.aborted) {
      throw abortError(signal);
    }
    this.#of(signal).keys.add(key);
  }

  /** The call is settled. */
  end(signal, key) {
    const watched = this.#watched.get(signal);
    watched.keys.delete(key);
    if (watched.keys.size === 0) {
      signal.removeEventListener('abort', watched.listener);
      this.#watched.delete(signal);
    }
  }

  #of(signal) {
    let watched = this.#watched.get(signal);
    if (!watched) {
      const keys = new Set();
      watched = { keys, listener: () => this.#abort([...keys]) };
      signal.addEventListener('abort', watched.listener);
      this.#watched.set(signal, watched);
    }
    return watched;
  }
}

module.exports = { Aborts };
