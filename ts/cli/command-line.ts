// What can be said on the command line, and its help.

import { statSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { call } from './call.js';
import { doctor } from './doctor/index.js';
import { map } from './map/index.js';

/** Runs a command, which resolves with its exit code. */
export type Run = (command: () => Promise<number>) => Promise<void>;

export function commandLine(version: string, run: Run): Command {
  const program = new Command('python-worker-pool')
    .description('Calls Python functions on a pool of persistent Python processes.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help tells what there is)')
    .addHelpText('after', EXIT_CODES);

  withCommonOptions(program.command('call'))
    .summary('call a function once')
    .description(
      'Calls a function of a script and prints its result as JSON. What the script prints goes to stderr.',
    )
    .argument('<script>', 'the Python script')
    .argument('<function>', 'a function of it, as call_api or Class.method')
    .argument('[arguments]', 'a JSON array; @file for one in a file, - for standard input', '[]')
    .option('--timeout <ms>', 'bound on the call (default: 120000)', milliseconds)
    .option('--json', 'one line also on a terminal; an error as JSON, too')
    .addHelpText('after', CALL_EXAMPLES)
    .action((...args) => run(() => call(args[0], args[1], args[2], args[3])));

  withCommonOptions(program.command('map'))
    .summary('call a function for each line of a file')
    .description(
      'Calls a function for each line of a JSON Lines file and writes a line of JSON for each: ' +
        '{"index": n, "result": ...} or {"index": n, "error": {...}}.',
    )
    .argument('<script>', 'the Python script')
    .argument('<function>', 'a function of it, as call_api or Class.method')
    .argument('<input>', 'a JSON Lines file; - for standard input')
    .option('--workers <n>', 'Python processes', count, 1)
    .option('--timeout <ms>', 'bound on each call (default: 120000)', milliseconds)
    .option('--out <file>', 'where the results go (default: standard output)')
    .option('--resume', 'go on with the output of an earlier run')
    .option('--retry-failed', 'as --resume, and call the lines that failed again')
    .option('--force', 'begin the output anew where there is one')
    .option('--unordered', 'write results as they come, not in the order of the input')
    .option('--no-spread', 'a line is the only argument also where it is an array')
    .option('--json', 'the summary as JSON, and an error, too')
    .addHelpText('after', MAP_EXAMPLES)
    .action((...args) => run(() => map(args[0], args[1], args[2], args[3])));

  withCommonOptions(program.command('doctor'))
    .summary('tell whether a script can be called, and what to mend')
    .description(
      'Tells which Python runs a script and why, imports the script, and lists its functions; where ' +
        'something is wrong, what to do about it.',
    )
    .argument('<script>', 'the Python script')
    .argument('[function]', 'a function that has to be there')
    .option('--json', 'the report as JSON')
    .addHelpText('after', DOCTOR_EXAMPLES)
    .action((...args) => run(() => doctor(args[0], args[1], args[2])));

  return program;
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--python <path>', 'the interpreter, a path or a name on PATH (default: found)')
    .option(
      '--startup-timeout <ms>',
      'bound on importing the script (default: 120000)',
      milliseconds,
    )
    .option('--cwd <folder>', 'working directory of Python (default: this one)', folder)
    .option('--verbose', 'tell what the pool does');
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new InvalidArgumentError('It has to be a number of milliseconds above 0, or Infinity.');
  }
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('It has to be a whole number, 1 or more.');
  }
  return value;
}

function folder(text: string): string {
  if (!statSync(text, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidArgumentError('There is no such folder.');
  }
  return text;
}

const EXIT_CODES = `
Exit codes:
  0    all went well
  1    a call failed, or the script has no such function
  2    the command line is wrong, or names a file that can not be used
  3    the script can not be loaded
  4    there is no usable Python
  5    the workers can not be kept running, or the output can not be written
  130  interrupted by Ctrl-C`;

const CALL_EXAMPLES = `
Examples:
  $ python-worker-pool call provider.py call_api '["hi", {}, {}]'
  $ python-worker-pool call provider.py call_api @arguments.json --timeout 5000
  $ echo '["hi"]' | python-worker-pool call provider.py ask - | jq .output`;

const MAP_EXAMPLES = `
A line that is an array is the list of arguments; anything else is the only argument. Blank lines are
passed over, but count: n is the number of the line, from 0.

Ctrl-C makes no more calls, waits for those that run, and says how to go on; a second one ends at once.

Examples:
  $ python-worker-pool map provider.py call_api prompts.jsonl --workers 4 --out results.jsonl
  $ python-worker-pool map provider.py call_api prompts.jsonl --out results.jsonl --retry-failed
  $ cat prompts.jsonl | python-worker-pool map provider.py ask - | jq -c .result`;

const DOCTOR_EXAMPLES = `
Examples:
  $ python-worker-pool doctor provider.py
  $ python-worker-pool doctor provider.py call_api --json`;
