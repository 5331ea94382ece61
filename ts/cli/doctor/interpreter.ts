import type { Logger, PythonPoolError, Script } from 'python-worker-pool';
import { type CommonOptions, poolOptions, withPool } from '../pool.js';
import { logger, print } from '../terminal.js';

/** The Python that runs the script, and the reason for choosing it. */
export interface Interpreter {
  path: string;
  version: string;
  reason: string;
}

/** An interpreter, and those before it that cannot be used, with the reasons. */
export interface Search {
  interpreter: Interpreter;
  passedOver: string[];
}

const USES = /^uses (.+) \(Python (\S+), chosen by (.+)\)$/;
const PASSES_OVER = /^passes over (.+)$/;

/** Python runs this and exits, instead of becoming a worker. */
const NOTHING = ['-c', 'pass'];

/**
 * Finds the Python that a pool uses for this script, without running the script: the workers of its pool
 * exit at once. Rejects if there is no Python.
 */
export async function findInterpreter(
  script: Script,
  options: CommonOptions,
  interrupt: AbortSignal,
): Promise<Search> {
  let interpreter: Interpreter | undefined;
  const passedOver: string[] = [];
  const verbose = logger(print, options.verbose);
  const debug: Logger['debug'] = (message, context) => {
    const [, file, version, reason] = USES.exec(message) ?? [];
    const [, candidate] = PASSES_OVER.exec(message) ?? [];
    if (candidate) {
      passedOver.push(candidate);
    } else if (file) {
      interpreter = { path: file, version, reason };
    } else {
      return; // of the workers
    }
    verbose.debug?.(message, context);
  };
  const settings = { ...poolOptions(options, print), logger: { debug }, pythonArgs: NOTHING };
  try {
    await withPool(script, 'nothing', settings, interrupt, async () => {});
  } catch (error) {
    if ((error as PythonPoolError).code !== 'ERR_PYTHON_LOAD' || !interpreter) {
      throw error;
    }
  }
  if (!interpreter) {
    throw new Error(`The pool has not logged which Python it uses for ${JSON.stringify(script)}`);
  }
  return { interpreter, passedOver };
}

/** Logs what the workers do. Which Python they use was logged before, with the reason for it. */
export function withoutSearch({ debug, ...others }: Logger): Logger {
  return {
    ...others,
    ...(debug && {
      debug: (message, context) => {
        if (!USES.test(message)) {
          debug(message, context);
        }
      },
    }),
  };
}
