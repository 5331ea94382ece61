'use strict';

// A call as both classes make it: checks and text on the way down, a value or an error on the way up.

const { Aborts } = require('./abort.js');
const { toError } = require('./errors.js');
const { callOptions } = require('./options.js');
const { fromText, toText } = require('./text.js');

/** The calls of one pool or worker. */
class Calls {
  #defaultName;
  #log;
  #aborts;

  /**
   * @param {string} defaultName name of the function when a call names none
   * @param {Function} log the pool's log function
   * @param {(keys: number[]) => void} abort fails the calls with these keys
   */
  constructor(defaultName, log, abort) {
    this.#defaultName = defaultName;
    this.#log = log;
    this.#aborts = new Aborts(abort);
  }

  /** @param {Function} submit hands the call to the native side */
  async make(submit, functionName, args, options) {
    const { timeout, signal } = callOptions(functionName, options);
    const name = functionName ?? this.#defaultName;
    const { text, indices, strings } = toText(args, this.#log);
    const key = signal && this.#aborts.watch(signal);
    let reply;
    try {
      reply = await submit(name, text, timeout, key, indices, strings);
    } catch (description) {
      throw toError(description, signal);
    } finally {
      if (signal) {
        this.#aborts.end(signal, key);
      }
    }
    return fromText(reply);
  }
}

module.exports = { Calls };
