// A start of workers that has failed: further calls fail at once instead of importing the script again.

import { isPythonPoolError, PythonPoolError, type PythonPoolErrorCode } from '../pool/index.js';

/** What the next start would not change. */
const LASTING: readonly PythonPoolErrorCode[] = [
  'ERR_PYTHON_LOAD',
  'ERR_STARTUP_TIMEOUT',
  'ERR_PYTHON_NOT_FOUND',
];

/**
 * How long a failure is remembered, beside the time that the start took: something else than the script may have
 * changed meanwhile, such as an installed package.
 */
const MEMORY_MS = 10_000;

export class FailedStart {
  #last: { error: PythonPoolError; version: string | undefined; until: number } | undefined;

  /** Remembers the failure of a start that began at this time, in milliseconds, if another one would fail, too. */
  remember(error: unknown, version: string | undefined, began: number): void {
    if (isPythonPoolError(error) && LASTING.includes(error.code)) {
      const now = performance.now();
      this.#last = { error: copyOf(error), version, until: now + (now - began) + MEMORY_MS };
    }
  }

  /** Throws the last failure, if it was of this version of the script and not long ago. */
  check(version: string | undefined): void {
    if (this.#last && this.#last.version === version && performance.now() < this.#last.until) {
      throw copyOf(this.#last.error);
    }
    this.forget();
  }

  forget(): void {
    this.#last = undefined;
  }
}

/** An error of its own for each call, which adds to it. */
function copyOf(error: PythonPoolError): PythonPoolError {
  const { message, code } = error;
  const copy = new PythonPoolError(message, { code, cause: error.cause });
  return Object.defineProperties(copy, Object.getOwnPropertyDescriptors(error));
}
