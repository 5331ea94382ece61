import path from 'node:path';
import type { Logger, PythonPoolError } from 'python-worker-pool';
import { type CommonOptions, poolOptions, withPool } from '../pool.js';
import { print } from '../terminal.js';

/** Which Python runs the script, and why that one. */
export interface Interpreter {
  path: string;
  version: string;
  reason: string;
}

const USES = /^uses (.+) \(Python (\S+), chosen by (.+)\)$/;

/**
 * Finds the Python that a pool on this script runs, without running the script: a script that is not
 * there, in the same folder, has the same Python. Rejects when there is none.
 */
export async function findInterpreter(
  script: string,
  options: CommonOptions,
  interrupt: AbortSignal,
): Promise<Interpreter> {
  let found: Interpreter | undefined;
  const debug: Logger['debug'] = (message) => {
    const [, file, version, reason] = USES.exec(message) ?? [];
    if (file) {
      found = { path: file, version, reason };
    }
  };
  const nowhere = path.join(path.dirname(script), '.python-worker-pool-doctor-not-there.py');
  const settings = { ...poolOptions(options, print), logger: { debug } };
  try {
    await withPool(nowhere, 'nothing', settings, interrupt, async () => {});
  } catch (error) {
    if ((error as PythonPoolError).code !== 'ERR_PYTHON_LOAD' || !found) {
      throw error;
    }
  }
  if (!found) {
    throw new Error(`The pool has not said which Python it uses for ${script}`);
  }
  return found;
}
