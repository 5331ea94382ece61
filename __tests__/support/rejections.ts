import type { PythonPoolError } from '../..';

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
