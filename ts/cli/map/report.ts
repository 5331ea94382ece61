// The report at the end of a run.

import { explain, fieldsOf, isClosedPipe } from '../errors.js';
import { EXIT, exitCodeOf } from '../exit.js';
import { toJson } from '../json.js';
import type { Repeat } from '../repeat.js';
import { print, writeOut } from '../terminal.js';
import type { Calls } from './calls.js';
import type { Output } from './output.js';
import { count, countOf } from './progress.js';
import type { Tally } from './tally.js';

export interface Ended {
  calls: Calls;
  tally: Tally;
  output: Output | undefined;
  /** Why the output is not in order although it is complete. */
  unsorted: unknown;
  json: boolean | undefined;
  /** Whether the lines are plain text. */
  text: boolean;
  retryFailed: boolean;
  isInterrupted: boolean;
  repeat: Repeat;
}

/** Prints it and returns the exit code. */
export async function report(ended: Ended): Promise<number> {
  const { calls, tally, output, unsorted, json } = ended;
  const { fatal, isComplete: complete } = calls;
  const { results, failures, called } = tally;
  const next = output?.kind === 'file' ? nextCommand(ended) : undefined;
  const warning = output && complete ? surplus(output, calls.linesRead) : undefined;
  if (json) {
    const problem = fatal ?? unsorted;
    const error = problem && fieldsOf(problem);
    const errors = nonEmpty(calls.errors.top());
    const line = toJson({ complete, results, failures, called, errors, next, warning, error });
    // Without --out, stdout has the results.
    await (output ? writeOut(`${line}\n`) : print(line));
  } else if (!isClosedPipe(fatal)) {
    printSummary(ended, next, warning);
  }
  return exitCode(ended);
}

function printSummary(ended: Ended, next?: string, warning?: string): void {
  const { calls, tally, unsorted } = ended;
  const { fatal, isComplete } = calls;
  const { results, failures, seconds } = tally;
  const problem = fatal ?? unsorted;
  if (problem) {
    print(explain(problem));
  }
  print(
    `${isComplete ? '' : 'Not finished: '}${countOf(results, 'result')}, ${countOf(failures, 'failure')}, ` +
      `in ${count(seconds)} s`,
  );
  printErrors(ended);
  if (warning) {
    print(warning);
  }
  if (next) {
    print(`${purpose(ended)}: ${next}`);
  }
}

function printErrors({ calls, tally, text }: Ended): void {
  const errors = calls.errors.top();
  for (const { count: times, message, first } of errors) {
    print(`  ${count(times)} x ${message} (first: line ${first + 1})`);
  }
  if (!text && tally.results === 0 && errors[0]?.code === 'ERR_INVALID_LINE') {
    print('If the lines are plain text and not JSON, use --text.');
  }
}

function purpose({ calls, tally, unsorted }: Ended): string {
  if (unsorted) {
    return 'To put the output in order';
  }
  if (!calls.isComplete) {
    return 'To resume';
  }
  return calls.errors.countOf('ERR_INVALID_LINE') === tally.failures
    ? 'To call the lines that failed, once they are valid'
    : 'To retry the failures';
}

function exitCode({ calls, tally, unsorted, isInterrupted }: Ended): number {
  if (isInterrupted) {
    return EXIT.interrupted;
  }
  const problem = calls.fatal ?? unsorted;
  if (problem) {
    return exitCodeOf(fieldsOf(problem).code);
  }
  return tally.failures > 0 ? EXIT.failed : EXIT.ok;
}

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function surplus({ name, found }: Output, linesRead: number): string | undefined {
  return found.done.highest < linesRead
    ? undefined
    : `${name} has an outcome for index ${found.done.highest}, but the input ends before it: is this the output for another input?`;
}

/** The command for the remaining work. */
function nextCommand(ended: Ended): string | undefined {
  const { calls, tally, unsorted, retryFailed, repeat } = ended;
  if (!calls.isComplete || unsorted) {
    return repeat(retryFailed ? RETRY : RESUME);
  }
  return tally.failures > 0 ? repeat(RETRY) : undefined;
}

const RESUME = '--resume';
const RETRY = '--retry-failed';

/** The flags of which a command to continue has only one. */
export const CONTINUING = ['--force', RESUME, RETRY];
