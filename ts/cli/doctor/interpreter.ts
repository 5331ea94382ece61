import type { Logger, PythonPoolError } from 'python-worker-pool';
import { type CommonOptions, poolOptions, withPool } from '../pool.js';
import { print } from '../terminal.js';

/** The Python that runs the script, and the reason for choosing it. */
export interface Interpreter {
  path: string;
  version: string;
  reason: string;
}

const USES = /^uses (.+) \(Python (\S+), chosen by (.+)\)$/;

/** Python runs this and exits, instead of becoming a worker. */
const NOTHING = ['-c', 'pass'];

/**
 * Finds the Python that a pool uses for this script, without running the script: the workers of its pool
 * exit at once. Rejects if there is no Python.
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
  const settings = { ...poolOptions(options, print), logger: { debug }, pythonArgs: NOTHING };
  try {
    await withPool(script, 'nothing', settings, interrupt, async () => {});
  } catch (error) {
    if ((error as PythonPoolError).code !== 'ERR_PYTHON_LOAD' || !found) {
      throw error;
    }
  }
  if (!found) {
    throw new Error(`The pool has not logged which Python it uses for ${script}`);
  }
  return found;
}
