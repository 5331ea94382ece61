// Errors as the command line tells them: to people in words, to programs in JSON.

import type { PythonPoolError } from 'python-worker-pool';

type CliErrorCode =
  | 'ERR_USAGE'
  | 'ERR_SCRIPT'
  | 'ERR_INVALID_LINE'
  | 'ERR_OUTPUT'
  | 'ERR_INTERRUPTED';

/** An error of the command line itself: all there is to say is in its message. */
export class CliError extends Error {
  constructor(
    readonly code: CliErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The command line is wrong, or names a file that can not be used. */
export function usageError(message: string, cause?: unknown): CliError {
  return new CliError('ERR_USAGE', message, { cause });
}

/** Whether the operating system has refused something. */
export function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** An error in JSON: its code, its message, and the further fields of its code. */
export interface ErrorFields {
  code: string;
  message: string;
  [field: string]: unknown;
}

/** The fields are those of the library's error, but that a message does not repeat the traceback. */
export function fieldsOf(error: unknown): ErrorFields {
  if (!(error instanceof Error)) {
    return { code: 'ERR_UNKNOWN', message: String(error) };
  }
  const { code = 'ERR_UNKNOWN', name: _, cause: __, ...further } = { ...error } as Fields;
  if (further.lastCrash) {
    further.lastCrash = fieldsOf(further.lastCrash);
  }
  const message = code === 'ERR_PYTHON_EXCEPTION' ? headline(further) : error.message;
  return { code, message, ...further };
}

type Fields = Partial<Omit<PythonPoolError, 'lastCrash'>> & Record<string, unknown>;

function headline({ pythonType, pythonMessage }: Fields): string {
  return pythonMessage ? `${pythonType}: ${pythonMessage}` : String(pythonType);
}

/** What a person is told of an error. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { code, traceback, pythonStack, stderrTail, hint } = error as PythonPoolError;
  if (code === undefined) {
    return error.stack ?? error.message; // A bug of ours: say where.
  }
  if (code === 'ERR_PYTHON_EXCEPTION' && traceback) {
    return traceback.trimEnd();
  }
  const paragraphs = [inOurWords(error.message)];
  if (hint && !error.message.includes(hint)) {
    paragraphs.push(hint);
  }
  if (pythonStack) {
    paragraphs.push(`Where Python was:\n${pythonStack.trimEnd()}`);
  } else if (code === 'ERR_WORKER_CRASHED' && stderrTail?.trim()) {
    paragraphs.push(`What it wrote last:\n${stderrTail.trimEnd()}`);
  }
  return paragraphs.join('\n');
}

/** The library's messages name its options; here they have another name. */
export function inOurWords(message: string): string {
  return message
    .replace(/^Python error: /, '')
    .replace('the pythonPath option', '--python')
    .replace('(pythonPath)', '(--python)')
    .replace('chosen by pythonPath', 'chosen by --python')
    .replace('the option startupTimeout', '--startup-timeout')
    .replace(/\nOnce the cause is mended, initialize\(\) .*$/, '');
}
