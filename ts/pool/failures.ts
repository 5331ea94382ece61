// Makes errors of the caller's realm, and starts their stacks at the caller.

import { PythonPoolError, type PythonPoolErrorCode } from './errors.js';

/** An error as the native side describes it, in JSON: its code, its message and its further fields. */
export interface FailureDescription {
  code: PythonPoolErrorCode;
  message: string;
  lastCrash?: FailureDescription;
  hint?: string;
  stderrTail?: string;
}

/** A function that users call. */
export type EntryPoint = NonNullable<Parameters<typeof Error.captureStackTrace>[1]>;

/**
 * Removes our own frames from the top of an error's stack: everything up to and including `entry`. The
 * errors of users, such as that of a getter, keep their stack.
 */
export function hideFrames<T>(error: T, entry: EntryPoint): T {
  if (error instanceof PythonPoolError) {
    Error.captureStackTrace(error, entry);
  }
  return error;
}

function makeError({ message, lastCrash, ...fields }: FailureDescription): PythonPoolError {
  return new PythonPoolError(message, {
    ...fields,
    ...(lastCrash && { lastCrash: makeError(lastCrash) }),
  });
}

/**
 * The error for a rejection: a description, its JSON text, or an error already.
 *
 * @param signal the signal of the call
 */
export function toError(rejection: unknown, signal?: AbortSignal): unknown {
  if (typeof rejection === 'string') {
    const description: FailureDescription = JSON.parse(rejection);
    return description.code === 'ABORT_ERR' ? abortError(signal) : makeError(description);
  }
  return isDescription(rejection) ? makeError(rejection) : rejection;
}

function isDescription(rejection: unknown): rejection is FailureDescription {
  return !(rejection instanceof Error) && typeof rejection === 'object' && rejection !== null;
}

/** The error of an aborted call, as Node.js's own functions have it. */
export function abortError(signal: AbortSignal | undefined): PythonPoolError<'ABORT_ERR'> {
  return new PythonPoolError('The operation was aborted', {
    name: 'AbortError',
    code: 'ABORT_ERR',
    cause: signal?.reason,
  });
}

export function invalidArgument(message: string): PythonPoolError<'ERR_INVALID_ARGUMENT'> {
  return new PythonPoolError(message, { code: 'ERR_INVALID_ARGUMENT' });
}

/** The value at `path` cannot be sent to Python. */
export function notSerializable(path: string, reason: string): PythonPoolError {
  return new PythonPoolError(`${path}: ${reason}`, { code: 'ERR_NOT_SERIALIZABLE', path });
}

/** The worker's result is not valid JSON, or refers to buffers that are not there. */
export function invalidResult(reason: string): FailureDescription {
  return {
    code: 'ERR_WORKER_CRASHED',
    message: 'Worker crashed (protocol error)',
    stderrTail: '',
    hint: `The worker sent an invalid result: ${reason}`,
  };
}
