// Makes errors of the caller's realm, and starts their stacks at the caller.

import { PythonPoolError, type PythonPoolErrorCode } from './errors.js';

/** An error as the native side describes it, in JSON: its code, its message and its further fields. */
export interface FailureDescription {
  code: PythonPoolErrorCode;
  message: string;
  lastCrash?: FailureDescription;
  hint?: string;
  stderrTail?: string;
  started?: boolean;
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

/** What an error is about. */
export interface Subject {
  /** The script of the pool. */
  readonly script: string;
  /** The function that was called. */
  readonly function?: string | undefined;
}

/** Adds the subject of an error to one of ours. */
export function about<T>(error: T, subject: Subject): T {
  if (error instanceof PythonPoolError) {
    const { function: name, script } = subject;
    Object.assign(error, name === undefined ? { script } : { function: name, script });
  }
  return error;
}

/** Why a call failed: a description, its JSON text, or an error already. */
export class FailedCall {
  constructor(
    readonly reason: unknown,
    readonly functionName: string,
  ) {}
}

function makeError(
  { message, lastCrash, ...fields }: FailureDescription,
  subject: Subject,
): PythonPoolError {
  const error = new PythonPoolError(message, {
    ...fields,
    ...(lastCrash && { lastCrash: makeError(lastCrash, { script: subject.script }) }),
  });
  return about(error, subject);
}

/**
 * The error for a rejection: a failed call, a description, its JSON text, or an error already.
 *
 * @param script the script of the pool
 * @param signal the signal of the call
 */
export function toError(rejection: unknown, script: string, signal?: AbortSignal): unknown {
  return rejection instanceof FailedCall
    ? errorOf(rejection.reason, { script, function: rejection.functionName }, signal)
    : errorOf(rejection, { script }, signal);
}

function errorOf(reason: unknown, subject: Subject, signal: AbortSignal | undefined): unknown {
  const description: unknown = typeof reason === 'string' ? JSON.parse(reason) : reason;
  if (!isDescription(description)) {
    return description;
  }
  const error = makeError(description, subject);
  return description.code === 'ABORT_ERR' ? abortedLike(error, signal) : error;
}

/** An error as Node.js's own functions have it, with the fields of ours. */
function abortedLike(error: PythonPoolError, signal: AbortSignal | undefined): PythonPoolError {
  const { worker, function: name, script, started } = error;
  const fields = { function: name, script, worker, started };
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.assign(abortError(signal), Object.fromEntries(known));
}

function isDescription(rejection: unknown): rejection is FailureDescription {
  return !(rejection instanceof Error) && typeof rejection === 'object' && rejection !== null;
}

/** The error of an aborted call, as Node.js's own functions have it. */
export function abortError(
  signal: AbortSignal | undefined,
  started = false,
): PythonPoolError<'ABORT_ERR'> {
  return new PythonPoolError('The operation was aborted', {
    name: 'AbortError',
    code: 'ABORT_ERR',
    cause: signal?.reason,
    started,
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
    started: true,
    hint: `The worker sent an invalid result: ${reason}`,
  };
}
