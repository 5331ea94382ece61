// The unit tests of the Python side.

import { fileURLToPath } from 'node:url';
import { countsOfLine } from '../counts.mjs';
import { run } from '../shell.mjs';

/** The program that runs them and prints how many passed and failed. */
export const RUNNER = fileURLToPath(new URL('unittests.py', import.meta.url));

/** Runs all tests, or those with one of `names` in the name of the file, class or method. */
export async function pythonTests(python, names = []) {
  const filters = names.map((name) => name.replaceAll('-', '_'));
  const result = await run(python, [RUNNER, ...filters]);
  return countsOfLine(result, { mayBeNone: names.length > 0 });
}
