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

/** Makes an `Error` from what the native side rejected with. */
function toError(rejection) {
  return typeof rejection === 'string' ? makeError(JSON.parse(rejection)) : rejection;
}

/** An argument or option is not what it has to be. */
function invalidArgument(message) {
  return makeError({ code: 'ERR_INVALID_ARGUMENT', message });
}

/** A value can not cross to Python. */
function notSerializable(path, reason) {
  return makeError({ code: 'ERR_NOT_SERIALIZABLE', message: `${path}: ${reason}`, path });
}

module.exports = { invalidArgument, makeError, notSerializable, toError };
