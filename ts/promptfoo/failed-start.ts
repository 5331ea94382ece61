// A start of workers that has failed: further calls fail at once instead of importing the script again.

import { isPythonPoolError, PythonPoolError, type PythonPoolErrorCode } from '../pool/index.js';

/** What the next start would not change. */
const LASTING: readonly PythonPoolErrorCode[] = [
  'ERR_PYTHON_LOAD',
  'ERR_STARTUP_TIMEOUT',
  'ERR_PYTHON_NOT_FOUND',
];

/**
 * How long a failure is remembered, beside the time that the start took: something else than these files may have
 * changed meanwhile, such as an installed package.
 */
const MEMORY_MS = 10_000;

export class FailedStart {
  #last: { error: PythonPoolError; versions: string; until: number } | undefined;

  /** Remembers the failure of a start that began at this time, in milliseconds, if another one would fail, too. */
  remember(error: unknown, versions: string, began: number): void {
    if (isPythonPoolError(error) && LASTING.includes(error.code)) {
      const now = performance.now();
      this.#last = { error: copyOf(error), versions, until: now + (now - began) + MEMORY_MS };
    }
  }

  /** Throws the last failure, if it was of these versions of the script and its modules, and not long ago. */
  check(versions: string): void {
    if (this.#last && this.#last.versions === versions && performance.now() < this.#last.until) {
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
