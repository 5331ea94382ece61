'use strict';

/**
 * Makes an `Error` of this realm from a description: `code`, `message` and further fields.
 * @param {{ code: string, message: string, name?: string, lastCrash?: object }} description
 */
function makeError({ message, lastCrash, ...fields }) {
  const error = Object.assign(new Error(message), fields);
  if (lastCrash) {
    error.lastCrash = makeError(lastCrash);
  }
  return error;
}

/**
 * Makes an `Error` from what the native side rejected with.
 * @param {AbortSignal} [signal] that of the call
 */
function toError(rejection, signal) {
  if (typeof rejection !== 'string') {
    return rejection;
  }
  const description = JSON.parse(rejection);
  return description.code === 'ABORT_ERR' ? abortError(signal) : makeError(description);
}

/** The error of an aborted call, as Node.js's own functions have it. */
function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

/** An argument or option is not what it has to be. */
function invalidArgument(message) {
  return makeError({ code: 'ERR_INVALID_ARGUMENT', message });
}

/** A value can not cross to Python. */
function notSerializable(path, reason) {
  return makeError({ code: 'ERR_NOT_SERIALIZABLE', message: `${path}: ${reason}`, path });
}

module.exports = { abortError, invalidArgument, makeError, notSerializable, toError };
