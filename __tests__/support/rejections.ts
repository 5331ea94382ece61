import type { PythonPoolError } from '../..';
import { withPool } from './pools';

/** The error that the promise rejects with; fails the test if it is fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<PythonPoolError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as PythonPoolError;
  }
  throw new Error(`Expected a rejection, got the value ${JSON.stringify(value)?.slice(0, 200)}`);
}

/** The error of one call in a separate pool. */
export function callError(
  script: string,
  functionName: string,
  args: unknown[],
): Promise<PythonPoolError> {
  return withPool(script, {}, (pool) => rejection(pool.execute(functionName, args)));
}

/** The error that the function throws; fails the test if it returns. */
export function thrown(action: () => unknown): PythonPoolError {
  let value: unknown;
  try {
    value = action();
  } catch (error) {
    return error as PythonPoolError;
  }
  throw new Error(`Expected an exception, got the value ${String(value)}`);
}

/**
 * An error with the stack of Python, which has 50 ms to write it. On a busy machine it may miss
 * that: then the error is caused again. On Windows there is none, and no second attempt.
 */
export async function withStack(cause: () => Promise<PythonPoolError>): Promise<PythonPoolError> {
  const attempts = process.platform === 'win32' ? 1 : 6;
  for (let attempt = 1; ; attempt++) {
    const error = await cause();
    if (error.pythonStack !== undefined || attempt === attempts) {
      return error;
    }
  }
}
