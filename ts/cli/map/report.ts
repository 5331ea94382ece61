// The report at the end of a run.

import { explain, fieldsOf } from '../errors.js';
import { EXIT, exitCodeOf } from '../exit.js';
import { toJson } from '../json.js';
import { print, writeOut } from '../terminal.js';
import type { Calls } from './calls.js';
import type { Output } from './output.js';
import { count } from './progress.js';
import type { Tally } from './tally.js';

export interface Ended {
  calls: Calls;
  tally: Tally;
  output: Output | undefined;
  json: boolean | undefined;
  isInterrupted: boolean;
}

/** Prints it and returns the exit code. */
export async function report(ended: Ended): Promise<number> {
  const { calls, tally, output, json } = ended;
  const { fatal, isComplete: complete } = calls;
  const { results, failures, called } = tally;
  const next = output && nextCommand(complete, failures);
  const warning = output && complete ? surplus(output, calls.linesRead) : undefined;
  if (json) {
    const error = fatal && fieldsOf(fatal);
    const line = toJson({ complete, results, failures, called, next, warning, error });
    // Without --out, stdout has the results.
    await (output ? writeOut(`${line}\n`) : print(line));
  } else if (!isClosedPipe(fatal)) {
    printSummary(ended, next, warning);
  }
  return exitCode(ended);
}

function printSummary({ calls, tally }: Ended, next?: string, warning?: string): void {
  const { fatal, isComplete } = calls;
  const { results, failures, seconds } = tally;
  if (fatal) {
    print(explain(fatal));
  }
  print(
    `${isComplete ? '' : 'Not finished: '}${count(results)} results, ${count(failures)} failures, ` +
      `in ${count(seconds)} s`,
  );
  if (warning) {
    print(warning);
  }
  if (next) {
    print(`${isComplete ? 'To retry the failures' : 'To resume'}: ${next}`);
  }
}

function exitCode({ calls, tally, isInterrupted }: Ended): number {
  if (isInterrupted) {
    return EXIT.interrupted;
  }
  if (calls.fatal) {
    return exitCodeOf(fieldsOf(calls.fatal).code);
  }
  return tally.failures > 0 ? EXIT.failed : EXIT.ok;
}

/** Whether the reader of the results closed the pipe, as `head` does, which is not worth a message. */
function isClosedPipe(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
  return cause?.code === 'EPIPE';
}

function surplus({ path, found }: Output, linesRead: number): string | undefined {
  return found.done.highest < linesRead
    ? undefined
    : `${path} has an outcome for index ${found.done.highest}, but the input ends before it: is this the output for another input?`;
}

/** The command for the remaining work. */
function nextCommand(complete: boolean, failures: number): string | undefined {
  if (complete && failures === 0) {
    return undefined;
  }
  const [command, ...args] = process.argv.slice(2);
  const kept = args.filter((arg) => arg !== '--force' && arg !== '--resume');
  const isRetry = kept.includes('--retry-failed');
  const flag = complete ? '--retry-failed' : '--resume';
  const words = ['python-worker-pool', command, ...(isRetry ? [] : [flag]), ...kept];
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) {
    return word;
  }
  return process.platform === 'win32'
    ? `"${word.replaceAll('"', '\\"')}"`
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
