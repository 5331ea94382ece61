// What is wrong with a script, with the code that a pool would fail with.

import type { PythonPoolError } from 'python-worker-pool';
import { fieldsOf } from '../errors.js';
import type { NotLoaded } from './examine.js';
import type { Interpreter } from './interpreter.js';
import { fixesForMissingModule } from './modules.js';
import type { Fix, Problem } from './report.js';

/** The script raised while it was imported. */
export function loadProblem(
  { error, install }: NotLoaded,
  interpreter: Interpreter,
  script: string,
  cwd = process.cwd(),
): Problem {
  const { type, message, traceback, missing } = error;
  return {
    code: 'ERR_PYTHON_LOAD',
    message: message ? `${type}: ${message}` : type,
    traceback,
    missing: missing ?? undefined,
    fixes: missing
      ? fixesForMissingModule(missing, { interpreter, install, script, cwd })
      : fixesFor(type, interpreter),
  };
}

function fixesFor(type: string, { version }: Interpreter): Fix[] {
  switch (type) {
    case 'SyntaxError':
      return [
        say(
          `If this is the syntax of a newer Python than ${version}, name one with --python or PROMPTFOO_PYTHON.`,
        ),
      ];
    case 'SystemExit':
      return [
        say(
          "The script ends Python while it is imported. Have it do so below `if __name__ == '__main__':` only.",
        ),
      ];
    default:
      return [];
  }
}

/** What went wrong before the script could tell, or instead of it. */
export function problemOf(error: unknown): Problem {
  const fields = fieldsOf(error);
  const { hint } = error as PythonPoolError;
  switch (fields.code) {
    case 'ERR_CALL_TIMEOUT':
      return {
        ...fields,
        code: 'ERR_STARTUP_TIMEOUT',
        message: `The import took longer than ${fields.timeout} ms`,
        fixes: [
          ...lastSeen(error as PythonPoolError),
          say(
            'If it needs longer, raise --startup-timeout (PYTHON_WORKER_STARTUP_TIMEOUT for pools).',
          ),
        ],
      };
    case 'ERR_WORKER_CRASHED':
      return {
        ...fields,
        code: 'ERR_PYTHON_LOAD',
        message: fields.message.replace(
          'Worker crashed',
          'Python crashed while it imported the script',
        ),
        fixes: [...lastSeen(error as PythonPoolError), ...(hint ? [say(hint)] : [])],
      };
    default:
      return { ...fields, fixes: [] };
  }
}

function lastSeen({ pythonStack, stderrTail }: PythonPoolError): Fix[] {
  if (pythonStack) {
    const ofScript = pythonStack.replace(/^.*examine\.py", line \d+,? in examine\n/m, '');
    return [say(`Where Python was:\n${ofScript.trimEnd()}`)];
  }
  return stderrTail?.trim() ? [say(`What it wrote last:\n${stderrTail.trimEnd()}`)] : [];
}

function say(text: string): Fix {
  return { text, commands: [] };
}
