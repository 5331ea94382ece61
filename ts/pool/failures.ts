// Makes errors of the caller's realm, and starts their stacks at the caller.

import { isNativeError } from 'node:util/types';
import {
  isPythonPoolError,
  PythonPoolError,
  type PythonPoolErrorCode,
  type WorkerInfo,
} from './errors.js';
import { setField } from './fields.js';
import { own } from './own.js';

/** An error as the native side describes it, in JSON: its code, its message and its further fields. */
export interface FailureDescription {
  code: PythonPoolErrorCode;
  message: string;
  lastCrash?: FailureDescription;
  worker?: WorkerInfo;
  hint?: string;
  stderrTail?: string;
  started?: boolean;
  timeout?: number;
}

/** A function that users call. */
export type EntryPoint = NonNullable<Parameters<typeof Error.captureStackTrace>[1]>;

/** Where to report what must not happen. */
const ISSUES = 'https://github.com/python-worker-pool/python-worker-pool/issues';

/** Removes our own frames from the top of an error's stack: everything up to and including `entry`. */
export function hideFrames<T>(error: T, entry: EntryPoint): T {
  if (isPythonPoolError(error)) {
    try {
      Error.captureStackTrace(error, entry);
    } catch {
      // A program may have removed or replaced the function, or frozen an error of its own: the frames stay.
    }
  }
  return error;
}

/** What an error is about. */
export interface Subject {
  /** The script of the pool. */
  readonly script: string;
  /** The function that was called. */
  readonly function?: string | undefined;
}

/** Adds the subject of an error to one of ours. */
export function about<T>(error: T, { function: name, script }: Subject): T {
  if (isPythonPoolError(error)) {
    if (name !== undefined) {
      setField(error, 'function', name);
    }
    setField(error, 'script', script);
  }
  return error;
}

function makeError(description: FailureDescription, subject: Subject): PythonPoolError {
  const { message, lastCrash, ...fields } = own(description);
  const error = new PythonPoolError(message, {
    ...fields,
    ...(lastCrash && { lastCrash: makeError(lastCrash, { script: subject.script }) }),
  });
  return about(error, subject);
}

/** Why a call, a start or a shutdown failed: a description, its JSON text, or an error. */
export type Reason = FailureDescription | string | Error;

/** Why a call failed, and which. */
export class FailedCall {
  constructor(
    readonly reason: Reason,
    readonly functionName: string,
  ) {}
}

/** What a promise of ours is rejected with before it is an error of the caller's realm. */
export type Rejection = FailedCall | Reason;

/**
 * The error for a rejection.
 *
 * @param script the script of the pool
 * @param signal the signal of the call
 */
export function toError(
  rejection: Rejection,
  script: string,
  signal?: AbortSignal,
): PythonPoolError {
  return rejection instanceof FailedCall
    ? errorOf(rejection.reason, { script, function: rejection.functionName }, signal)
    : errorOf(rejection, { script }, signal);
}

function errorOf(
  reason: Reason,
  subject: Subject,
  signal: AbortSignal | undefined,
): PythonPoolError {
  if (isPythonPoolError(reason)) {
    return about(reason, subject);
  }
  if (isNativeError(reason)) {
    return about(internalError(reason), subject);
  }
  const description = descriptionOf(reason as FailureDescription | string);
  return description.code === 'ABORT_ERR'
    ? about(abortError(signal, description), subject)
    : makeError(description, subject);
}

export function descriptionOf(reason: FailureDescription | string): FailureDescription {
  return own<FailureDescription>(typeof reason === 'string' ? JSON.parse(reason) : reason);
}

/** The code of the error that is made for a reason. */
export function codeOf(reason: Reason): PythonPoolErrorCode {
  if (isPythonPoolError(reason)) {
    return reason.code;
  }
  return isNativeError(reason) ? 'ERR_SYSTEM' : descriptionOf(reason as FailureDescription).code;
}

/** The native side threw, which it never should. */
function internalError(cause: Error): PythonPoolError<'ERR_SYSTEM'> {
  return new PythonPoolError(
    `Internal error of python-worker-pool: ${describe(cause)}. Please report it: ${ISSUES}`,
    { code: 'ERR_SYSTEM', syscall: 'napi', errno: 0, cause },
  );
}

/** Runs `body`, a call into the native side of a pool with this script; what that throws gets a code. */
export function native<T>(script: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw toError(error as Error, script);
  }
}

/**
 * Gives a code to anything that was thrown while values of a user's were read, such as the error of a getter
 * or of a proxy.
 *
 * @param what what could not be done, as the beginning of the message
 */
export function withCode(
  error: unknown,
  what: string,
  code: PythonPoolErrorCode = 'ERR_INVALID_ARGUMENT',
): PythonPoolError {
  return isPythonPoolError(error)
    ? error
    : new PythonPoolError(`${what}: ${describe(error)}`, { code, cause: error });
}

/** The text of anything that was thrown. */
export function describe(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'a value that has no text';
  }
}

/**
 * The error of an aborted call, as Node.js's own functions have it.
 *
 * @param fields the worker that had the call, and whether Python had begun it
 */
export function abortError(
  signal: AbortSignal | undefined,
  {
    worker,
    started = false,
  }: { worker?: WorkerInfo | undefined; started?: boolean | undefined } = own({}),
): PythonPoolError<'ABORT_ERR'> {
  return new PythonPoolError('The operation was aborted', {
    name: 'AbortError',
    code: 'ABORT_ERR',
    cause: reasonOf(signal),
    started,
    ...(worker && { worker }),
  });
}

function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason;
  } catch (error) {
    return error; // a signal that is none of Node.js's own
  }
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
    started: true,
    hint: `The worker sent an invalid result: ${reason}`,
  };
}
