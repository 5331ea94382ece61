// What to do about an error whose message does not say it.

import type { PythonPoolError } from '../pool/index.js';

/** Whose call failed. */
export type Caller = 'provider' | 'function';

/** The setting for the time that a call may take. */
const TIMEOUT: Record<Caller, string> = {
  provider: '`config.timeout`',
  function: 'REQUEST_TIMEOUT_MS',
};

/** Signals that a fault in compiled code causes. */
const FAULTS = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

/** The largest exit code that a program can choose everywhere; Windows has larger ones for faults. */
const MAX_EXIT_CODE = 255;

/** The text that follows the message; undefined for none. */
export function furtherAdvice(error: PythonPoolError, caller: Caller): string | undefined {
  const { code, pythonStack, lastCrash, hint } = error;
  switch (code) {
    case 'ERR_WORKER_CRASHED':
      return lines(onCrash(error), pythonStack);
    case 'ERR_POOL_DEAD':
      return lastCrash && furtherAdvice(lastCrash, caller);
    case 'ERR_CALL_TIMEOUT':
      return lines(
        hint ??
          `If the call needs longer, raise ${TIMEOUT[caller]}.${pythonStack ? ' It was here:' : ''}`,
        pythonStack,
      );
    case 'ERR_STARTUP_TIMEOUT':
      return pythonStack && lines('The import was here:', pythonStack);
    case 'ERR_POOL_CLOSED':
      return 'The workers were shut down, for example by Ctrl-C. Run the evaluation again, or `promptfoo retry`.';
    case 'ABORT_ERR':
      return 'promptfoo cancelled the call, for example because the evaluation reached PROMPTFOO_MAX_EVAL_TIME_MS.';
    default:
      return undefined;
  }
}

function lines(advice: string, stack: string | undefined): string {
  return stack ? `${advice}\n${stack.trimEnd()}` : advice;
}

function onCrash({ hint, signal, exitCode, collateral }: PythonPoolError): string {
  const cause = hint ?? causeOfEnd(signal, exitCode);
  return collateral
    ? `${cause} Other calls were running in the same worker: one of them may be the cause.`
    : cause;
}

/** What ended the import; undefined if the message says it: an exception, or what was written to stderr. */
export function onEndOfImport(error: PythonPoolError): string | undefined {
  const { message, signal, exitCode = 0 } = error;
  const [, details = ''] = message.split('\n');
  const isUnexplained = signal !== undefined || exitCode > MAX_EXIT_CODE;
  return isUnexplained || details.startsWith('Interpreter: ')
    ? causeOfEnd(signal, exitCode)
    : undefined;
}

/** What may have ended a process with this signal or exit code. */
function causeOfEnd(signal: string | undefined, exitCode = 0): string {
  if (signal === undefined && exitCode <= MAX_EXIT_CODE) {
    return 'The script or a library ended the process, for example by os._exit(). Raise an exception instead.';
  }
  return signal === undefined || FAULTS.has(signal)
    ? 'This is a fault in compiled code that the script uses, such as CUDA or a tokenizer. The log has what the worker ' +
        'wrote to stderr.'
    : 'Another process, or the script itself, sent this signal.';
}
