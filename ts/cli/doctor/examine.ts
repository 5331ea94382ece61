import path from 'node:path';
import { DEFAULT_TIMEOUT, PROMPTFOO } from '../../pool/defaults.js';
import { type CommonOptions, poolOptions, withPool } from '../pool.js';
import { logger, print, withoutOwnErrors } from '../terminal.js';
import { type Interpreter, withoutSearch } from './interpreter.js';
import { withProgress } from './waiting.js';

/** The report of `python/examine.py` on a script. */
export type Examined = Loaded | NotLoaded;

export interface Loaded {
  /** Duration of the import. */
  seconds: number;
  functions: PythonFunction[];
  /** Why a call of the given function would fail. */
  wrong: { code: string; message: string } | null;
}

export interface PythonFunction {
  name: string;
  kind: 'function' | 'async function' | 'generator' | 'class';
  /** Such as `(prompt, options=None)`. */
  signature: string;
  /** The first line of its docstring. */
  doc: string | null;
  /** The module that the script merely imported it from. */
  importedFrom: string | null;
}

export interface NotLoaded {
  error: {
    type: string;
    message: string;
    traceback: string;
    /** The module that was not found. */
    missing: string | null;
    advice: Advice | null;
  };
  install: Installing;
}

/** What to do about the exception; what to install comes from a table in `python/`, as for a pool's error. */
export interface Advice {
  /** Ends in a colon if there is a package. */
  text: string;
  /** The package to install, as pip knows it. */
  package: string | null;
  /** The folder that has the module, which Python does not search. */
  folder: string | null;
}

/** How packages can be installed for an interpreter. */
export interface Installing {
  /** Whether it has pip. */
  pip: boolean;
  /** Whether pip refuses because the system manages the packages (PEP 668). */
  managed: boolean;
}

const EXAMINER = path.join(__dirname, '..', 'python', 'examine.py');

/** Imports the script as a worker does, in a worker that then reports its contents. */
export function examine(
  name: string,
  functionName: string | undefined,
  interpreter: Interpreter,
  options: CommonOptions,
  interrupt: AbortSignal,
): Promise<Examined> {
  const settings = {
    ...poolOptions(options, print),
    logger: withoutSearch(withoutOwnErrors(logger(print, options.verbose))),
    pythonPath: interpreter.path,
    maxCrashes: 1,
  };
  const timeout = startupTimeoutOf(options);
  return withPool(EXAMINER, 'examine', settings, interrupt, (pool) =>
    withProgress('importing the script', timeout, () =>
      pool.execute('examine', [name, Boolean(options.module), functionName ?? null], {
        timeout,
        signal: interrupt,
      }),
    ),
  );
}

/** A pool's limit on importing a script. */
export function startupTimeoutOf({ startupTimeout }: CommonOptions): number {
  if (startupTimeout !== undefined) {
    return startupTimeout;
  }
  const fromEnvironment = Number(process.env[PROMPTFOO.startupTimeoutVariable]);
  return fromEnvironment > 0 ? fromEnvironment : DEFAULT_TIMEOUT;
}
