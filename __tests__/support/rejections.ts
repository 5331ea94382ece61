import type { PythonPoolError } from '../..';
import { withPool } from './pools';

/** What the promise rejects with; fails the test when it is fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<PythonPoolError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as PythonPoolError;
  }
  throw new Error(`Expected a rejection, got the value ${JSON.stringify(value)?.slice(0, 200)}`);
}

/** The error of one call, in a pool of its own. */
export function callError(
  script: string,
  functionName: string,
  args: unknown[],
): Promise<PythonPoolError> {
  return withPool(script, {}, (pool) => rejection(pool.execute(functionName, args)));
}

/** What the function throws; fails the test when it returns. */
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
 * An error that says where Python was. Python has 50 ms to tell, and on a busy machine may not:
 * then another error is asked for.
 */
export async function withStack(cause: () => Promise<PythonPoolError>): Promise<PythonPoolError> {
  for (let attempt = 1; ; attempt++) {
    const error = await cause();
    if (error.pythonStack !== undefined || attempt === 6) {
      return error;
    }
  }
}
