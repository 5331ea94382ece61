// The two streams of the command: results to stdout, everything else to stderr.

import { writeFileSync } from 'node:fs';
import type { LogContext, Logger } from 'python-worker-pool';
import { CliError } from './errors.js';
import { statOf } from './files.js';

/** Prints a line for a person. */
export type Print = (text: string) => void;

export const print: Print = (text) => void process.stderr.write(`${text}\n`);

/** Resolves when the text is written. */
export async function writeOut(text: string): Promise<void> {
  try {
    await (isOutputToFile() ? writeFileSync(STDOUT, text) : writeToStream(text));
  } catch (error) {
    throw outputError('standard output', error as Error);
  }
}

const STDOUT = 1;

/** On a full disk, the stream of a file would drop the end of a text without an error. */
function isOutputToFile(): boolean {
  const stat = statOf(STDOUT);
  return Boolean(stat?.isFile() || (stat?.isCharacterDevice() && !process.stdout.isTTY));
}

function writeToStream(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

export function outputError(where: string, error: Error): CliError {
  return new CliError('ERR_OUTPUT', `Cannot write to ${where}: ${error.message}`, {
    cause: error,
  });
}

/** Keeps a closed pipe from ending the process. */
export function surviveClosedStreams(): void {
  // `writeOut` reports errors of stdout itself; those of stderr are of no use to anyone.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/** Prints the script's output as it is, and marks the pool's own lines. */
export function logger(out: Print, verbose = false): Logger {
  const at =
    (level: string) =>
    (message: string, { stream, logger }: LogContext): void => {
      const origin = logger ? `${level} ${logger}: ` : '[python-worker-pool] ';
      out(stream ? message : `${origin}${message}`);
    };
  return {
    ...(verbose && { debug: at('DEBUG') }),
    info: at('INFO'),
    warn: at('WARNING'),
    error: at('ERROR'),
  };
}

/** Leaves out the pool's own errors, for a command with one call, whose error says the same. */
export function withoutOwnErrors({ error, ...others }: Logger): Logger {
  return {
    ...others,
    error: (message, context) => {
      if (context.stream || context.logger) {
        error?.(message, context);
      }
    },
  };
}
