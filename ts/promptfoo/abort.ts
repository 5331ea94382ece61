// Aborting calls that have not reached the pool. They fail with the error of those that the pool aborts.

import { PythonPoolError } from '../pool/index.js';

export function abortError({ reason }: AbortSignal): PythonPoolError<'ABORT_ERR'> {
  return new PythonPoolError('The operation was aborted', {
    name: 'AbortError',
    code: 'ABORT_ERR',
    cause: reason,
    started: false,
  });
}

/** Settles like the promise, or rejects as soon as the signal is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(abortError(signal));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
