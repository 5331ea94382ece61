// The problems of a script, with the error code of a pool.

import type { PythonPoolError } from 'python-worker-pool';
import { PROMPTFOO } from '../../pool/defaults.js';
import { fieldsOf, withOurOptions } from '../errors.js';
import type { NotLoaded } from './examine.js';
import type { Interpreter } from './interpreter.js';
import { fixesFrom } from './modules.js';
import type { PoolAdvice } from './pool-advice.js';
import type { Fix, Problem } from './report.js';

/**
 * The import of the script raised an exception.
 *
 * @param folder of the script
 */
export function loadProblem(
  { error, install }: NotLoaded,
  interpreter: Interpreter,
  folder: string,
  ofPool: PoolAdvice | undefined,
): Problem {
  const { type, message, traceback, missing, advice } = error;
  return {
    code: 'ERR_PYTHON_LOAD',
    message: withOurOptions(message ? `${type}: ${message}` : type),
    traceback: withOurOptions(traceback),
    missing: missing ?? undefined,
    fixes: advice
      ? fixesFrom(advice, missing, { interpreter, install, folder }, ofPool)
      : type === 'SyntaxError'
        ? [newerPython(interpreter)]
        : [],
  };
}

function newerPython({ version }: Interpreter): Fix {
  return remark(
    `If the script needs a newer Python than ${version}, select one with --python or ` +
      `${PROMPTFOO.interpreterVariable}.`,
  );
}

/** A problem outside the script's own code. */
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
          remark(
            `If it needs longer, raise --startup-timeout (${PROMPTFOO.startupTimeoutVariable} for pools).`,
          ),
        ],
      };
    case 'ERR_WORKER_CRASHED':
      return {
        ...fields,
        code: 'ERR_PYTHON_LOAD',
        message: fields.message.replace(
          'Worker crashed',
          'Python crashed while importing the script',
        ),
        fixes: [...lastSeen(error as PythonPoolError), ...(hint ? [remark(hint)] : [])],
      };
    default:
      return { ...fields, fixes: hint && !fields.message.includes(hint) ? [remark(hint)] : [] };
  }
}

function lastSeen({ pythonStack, stderrTail }: PythonPoolError): Fix[] {
  if (pythonStack) {
    const ofScript = pythonStack.replace(/^.*examine\.py", line \d+,? in examine\n/m, '');
    return [remark(`Where Python was:\n${ofScript.trimEnd()}`)];
  }
  return stderrTail?.trim() ? [remark(`Last output on stderr:\n${stderrTail.trimEnd()}`)] : [];
}

function remark(text: string): Fix {
  return { text, commands: [] };
}
