import path from 'node:path';
import { type CommonOptions, poolOptions, withPool } from '../pool.js';
import { print } from '../terminal.js';
import type { Interpreter } from './interpreter.js';

/** What `python/examine.py` tells of a script. */
export type Examined = Loaded | NotLoaded;

export interface Loaded {
  /** How long the import took. */
  seconds: number;
  functions: PythonFunction[];
  /** What a call of the function in question fails with. */
  wrong: { code: string; message: string } | null;
}

export interface PythonFunction {
  name: string;
  kind: 'function' | 'async function' | 'generator' | 'class';
  /** As `(prompt, options=None)`. */
  signature: string;
  /** The first line of its docstring. */
  doc: string | null;
}

export interface NotLoaded {
  error: {
    type: string;
    message: string;
    traceback: string;
    /** The module that could not be found. */
    missing: string | null;
  };
  install: Installing;
}

/** What matters to whoever installs a package for an interpreter. */
export interface Installing {
  /** Whether it has pip. */
  pip: boolean;
  /** Whether pip refuses, as the system has packages of its own (PEP 668). */
  managed: boolean;
}

const EXAMINER = path.join(__dirname, '..', 'python', 'examine.py');

/** Imports the script as a worker does, in a worker that then tells what is in it. */
export function examine(
  script: string,
  functionName: string | undefined,
  interpreter: Interpreter,
  options: CommonOptions,
  interrupt: AbortSignal,
): Promise<Examined> {
  const settings = { ...poolOptions(options, print), pythonPath: interpreter.path, maxCrashes: 1 };
  return withPool(EXAMINER, 'examine', settings, interrupt, (pool) =>
    pool.execute('examine', [path.resolve(script), functionName ?? null], {
      timeout: options.startupTimeout ?? startupTimeout(),
      signal: interrupt,
    }),
  );
}

/** The bound on importing a script that a pool has. */
function startupTimeout(): number {
  const fromEnvironment = Number(process.env.PYTHON_WORKER_STARTUP_TIMEOUT);
  return fromEnvironment > 0 ? fromEnvironment : 120_000;
}
