'use strict';

// Calls whose outcome is still to come. The native side keeps this alive, so it must not refer to the
// pool: nobody could ever collect that.

const { fromText } = require('./text.js');

/** Only a worker gone mad sends what is none. Nobody has looked before, as that takes time. */
class NoValue {
  constructor(message) {
    this.message = message;
  }
}

class Pending {
  #settlers = new Map();

  /** The promise of the value of a call. Rejects with a description, or a `NoValue`. */
  outcomeOf(key) {
    return new Promise((resolve, reject) => {
      this.#settlers.set(key, { resolve, reject });
    });
  }

  /**
   * Takes outcomes from the native side: keys and replies in turn; the key of a failure is negative,
   * its reply a description.
   */
  deliver = (...outcomes) => {
    for (let index = 0; index < outcomes.length; index += 2) {
      this.#settle(outcomes[index], outcomes[index + 1]);
    }
  };

  #settle(signedKey, reply) {
    const key = Math.abs(signedKey);
    const settler = this.#settlers.get(key);
    if (!settler) {
      return; // unreachable: it has one outcome, and those behind it are to have theirs
    }
    const { resolve, reject } = settler;
    this.#settlers.delete(key);
    if (signedKey < 0) {
      reject(reply);
      return;
    }
    try {
      resolve(fromText(reply));
    } catch (error) {
      reject(new NoValue(error.message));
    }
  }
}

module.exports = { NoValue, Pending };
