// Errors on the command line: plain text for people, JSON for programs.

import type { PythonPoolError } from 'python-worker-pool';

type CliErrorCode =
  | 'ERR_USAGE'
  | 'ERR_SCRIPT'
  | 'ERR_INVALID_LINE'
  | 'ERR_OUTPUT'
  | 'ERR_INTERRUPTED';

/** An error of the command line itself; its message is complete. */
export class CliError extends Error {
  constructor(
    readonly code: CliErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The command line is wrong, or names a file that cannot be used. */
export function usageError(message: string, cause?: unknown): CliError {
  return new CliError('ERR_USAGE', message, { cause });
}

/** Whether an error comes from the operating system. */
export function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** Whether the reader of the results closed the pipe, as `head` does, which is not worth a message. */
export function isClosedPipe(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
  return cause?.code === 'EPIPE';
}

/** An error in JSON: code, message, and the further fields of its code. */
export interface ErrorFields {
  code: string;
  message: string;
  [field: string]: unknown;
}

/**
 * The fields are those of the library's error, but the message does not repeat the traceback, and options are those
 * of the command line.
 */
export function fieldsOf(error: unknown): ErrorFields {
  if (!(error instanceof Error)) {
    return { code: 'ERR_UNKNOWN', message: String(error) };
  }
  const { code = 'ERR_UNKNOWN', name: _, cause: __, ...further } = { ...error } as Fields;
  const { traceback } = error as Partial<PythonPoolError>;
  if (traceback !== undefined) {
    further.traceback = traceback; // not enumerable
  }
  if (further.lastCrash) {
    further.lastCrash = fieldsOf(further.lastCrash);
  }
  if (code === 'ERR_PYTHON_EXCEPTION') {
    return { code, message: headline(further), ...further };
  }
  if (further.hint) {
    further.hint = withOurOptions(further.hint);
  }
  const message = withOurOptions(error.message);
  return { code, message, ...further };
}

interface Fields {
  code?: string;
  traceback?: string;
  pythonType?: string;
  pythonMessage?: string;
  hint?: string;
  lastCrash?: unknown;
  [field: string]: unknown;
}

function headline({ pythonType, pythonMessage }: Fields): string {
  return pythonMessage ? `${pythonType}: ${pythonMessage}` : String(pythonType);
}

/** An error as plain text. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { code, traceback, pythonStack, stderrTail, hint } = error as PythonPoolError;
  if (code === undefined) {
    return error.stack ?? error.message; // a bug of this package
  }
  if (code === 'ERR_PYTHON_EXCEPTION' && traceback) {
    return [traceback.trimEnd(), hint].filter(Boolean).join('\n');
  }
  const paragraphs = [inOurWords(error.message)];
  if (hint && !error.message.includes(hint)) {
    paragraphs.push(hint);
  }
  if (pythonStack) {
    paragraphs.push(`Where Python was:\n${pythonStack.trimEnd()}`);
  } else if (code === 'ERR_WORKER_CRASHED' && stderrTail?.trim()) {
    paragraphs.push(`Last output on stderr:\n${stderrTail.trimEnd()}`);
  }
  return paragraphs.join('\n');
}

/** A message of the library without advice to its callers, and with the options of the command line. */
export function inOurWords(message: string): string {
  return withOurOptions(message)
    .replace(/^Python error: /, '')
    .replace(/\n.*\binitialize\(\).*$/, '');
}

/** Replaces the library's options in a text by those of the command line. */
export function withOurOptions(text: string): string {
  return text
    .replace('the pythonPath option', '--python')
    .replace('(pythonPath)', '(--python)')
    .replace('chosen by pythonPath', 'chosen by --python')
    .replace("set nan: 'null'", 'use --nan null')
    .replace('call the function with stream()', 'use call --stream')
    .replace('Invalid pythonPath', 'Invalid --python')
    .replace('Invalid functionName', 'Invalid name of a function')
    .replace('Invalid script.module', 'Invalid name of a module')
    .replace('the option startupTimeout', '--startup-timeout')
    .replace(/\bitemTimeout\b/g, '--timeout')
    .replace(/\bthe option cwd\b/g, '--cwd')
    .replace(/(\bas a module[:,]) \{ module: '([^']+)' \}/g, '$1 -m $2');
}
