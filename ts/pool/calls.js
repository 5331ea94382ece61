'use strict';

// A call as both classes make it: checks and text on the way down, a value or an error on the way up.

const { Aborts } = require('./abort.js');
const { makeError, toError } = require('./errors.js');
const { callOptions } = require('./options.js');
const { NoValue } = require('./pending.js');
const { toText } = require('./text.js');

/** The calls of one pool or worker. */
class Calls {
  #defaultName;
  #log;
  #pending;
  #native;
  #aborts;
  #lastKey = 0;

  /**
   * @param {string} defaultName name of the function when a call names none
   * @param {Function} log the pool's log function
   * @param {import('./pending.js').Pending} pending what the native side delivers outcomes to
   * @param {import('./native.js').NativePool} native
   */
  constructor(defaultName, log, pending, native) {
    this.#defaultName = defaultName;
    this.#log = log;
    this.#pending = pending;
    this.#native = native;
    this.#aborts = new Aborts((keys) => native.cancel(keys));
  }

  make(functionName, args, options) {
    try {
      const { signal, ...nativeOptions } = callOptions(functionName, options);
      const input = toText(args, this.#log);
      this.#lastKey += 1;
      const key = this.#lastKey;
      if (signal) {
        this.#aborts.watch(signal, key);
      }
      const name = functionName ?? this.#defaultName;
      const refusal = this.#submit(key, name, input, options ? nativeOptions : undefined);
      return this.#outcome(key, signal, refusal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Returns why the call can not be submitted. */
  #submit(key, name, { text, places, parts }, options) {
    try {
      return this.#native.submit(key, name, text, places, parts, options);
    } catch (error) {
      return error;
    }
  }

  /** What the caller gets. Of many calls that wait this is most of their memory. */
  #outcome(key, signal, refusal) {
    // Either way behind a `then`, so that the stack of an error names the caller.
    const outcome = refusal ? Promise.reject(refusal) : this.#pending.outcomeOf(key);
    if (!signal) {
      return outcome.then(undefined, this.#fail);
    }
    return outcome
      .then(undefined, (reason) => this.#fail(reason, signal))
      .finally(() => this.#aborts.end(signal, key));
  }

  #fail = (reason, signal) => {
    throw reason instanceof NoValue ? invalidResult(reason) : toError(reason, signal);
  };
}

function invalidResult({ message }) {
  return makeError({
    code: 'ERR_WORKER_CRASHED',
    message: 'Worker crashed (protocol error)',
    hint: `What the worker sent as the result is no value: ${message}`,
  });
}

module.exports = { Calls };
