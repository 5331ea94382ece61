// The commands, their options and their help.

import { Command, Option } from 'commander';
import { call } from './call.js';
import { doctor } from './doctor/index.js';
import { map } from './map/index.js';
import { CONTINUING } from './map/report.js';
import { count, duration, folder } from './option-values.js';
import { init } from './promptfoo/init.js';
import { repeater } from './repeat.js';
import { programWords } from './shell.js';

/** Runs a command, which resolves with its exit code. */
export type Run = (command: () => Promise<number>) => Promise<void>;

export function commandLine(version: string, run: Run): Command {
  const program = new Command('python-worker-pool')
    .description('Calls Python functions on a pool of persistent Python processes.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .addHelpText('after', EXIT_CODES);

  withCommonOptions(program.command('call'))
    .summary('call a function once')
    .description(
      'Calls a function of a script and prints its result as JSON. The output of the script goes to stderr.',
    )
    .argument('<script>', SCRIPT)
    .argument('<function>', 'the function to call, such as call_api or client.ask')
    .argument(
      '[arguments...]',
      'a JSON array of the arguments; or each one as JSON or as plain text, @file to read its JSON from a ' +
        'file, or - for standard input',
    )
    .option('--kwargs <json>', KWARGS)
    .option('--stream', 'print the items of a generator as they come, each as a line of JSON')
    .option(
      '--timeout <duration>',
      `limit on the call, or with --stream on the wait for each item, ${DURATION}`,
      duration,
    )
    .addOption(nan())
    .option('--json', 'print JSON on one line, errors too')
    .addHelpText('after', CALL_EXAMPLES)
    .action((...args) => run(() => call(args[0], args[1], args[2], args[3])));

  withCommonOptions(program.command('map'))
    .summary('call a function for each line of a file')
    .description(
      'Calls a function for each line of a JSON Lines file and writes a line of JSON for each: ' +
        '{"index": n, "result": ...} or {"index": n, "error": {...}}.',
    )
    .argument('<script>', SCRIPT)
    .argument('<function>', 'the function to call, such as call_api or client.ask')
    .argument('<input>', 'a JSON Lines file (or plain text, with --text), or - for standard input')
    .option('--workers <n>', 'number of Python processes', count, 1)
    .option('--text', 'each line is plain text, passed as a string, and not JSON')
    .option('--kwargs <json>', `${KWARGS}, the same for every call`)
    .option('--timeout <duration>', `limit on each call, ${DURATION}`, duration)
    .addOption(nan())
    .option('--out <file>', 'file for the results (default: standard output, -)')
    .option('--resume', 'resume an earlier run from its output')
    .option('--retry-failed', 'resume, and retry the lines that failed')
    .option('--force', 'overwrite an existing output file')
    .option('--unordered', 'write results as they arrive, not in the order of the input')
    .option('--no-spread', 'pass each line as the only argument, even if it is an array')
    .option('--json', 'print the summary, and errors, as JSON')
    .addHelpText('after', MAP_EXAMPLES)
    .action((...args) => {
      const [script, functionName, input, options, command] = args;
      return run(() => map(script, functionName, input, options, repeater(command, CONTINUING)));
    });

  withCommonOptions(program.command('doctor'))
    .summary('check that a script can be called, and suggest fixes')
    .description(
      'Shows which Python runs a script and why, imports the script, and lists its functions. Suggests ' +
        'fixes for problems.',
    )
    .argument('<script>', SCRIPT)
    .argument('[function]', 'a function that the script must have')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', DOCTOR_EXAMPLES)
    .action((...args) => run(() => doctor(args[0], args[1], args[2])));

  program
    .command('promptfoo')
    .summary("run promptfoo's Python on pools")
    .description("Helps to run promptfoo's Python on pools.")
    .command('init')
    .summary('list the Python in a configuration, and the lines to change')
    .description(
      'Lists the Python files that a configuration of promptfoo refers to, with the lines to change so that they run ' +
        'on pools. With --write, writes the modules that the new lines name.',
    )
    .argument(
      '[config]',
      'the configuration, or its folder (default: that of the working directory)',
    )
    .option('--write', 'write a module beside each script, but never over an existing file')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', INIT_EXAMPLES)
    .action((...args) => run(() => init(args[0], args[1])));

  program.commands.forEach(refuseRepeats);
  return program;
}

/** Of an option that is given twice, one value would be dropped without a word. */
function refuseRepeats(command: Command): void {
  for (const option of command.options.filter(({ required }) => required)) {
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) {
        command.error(`error: option '${option.flags}' is given more than once`);
      }
      isGiven = true;
    });
  }
}

function withCommonOptions(command: Command): Command {
  return command
    .option('-m, --module', 'the script is the name of a module, as for python -m')
    .option('--python <path>', 'the interpreter: a path, or a name on PATH (default: searched for)')
    .option('--startup-timeout <duration>', `limit on importing the script, ${DURATION}`, duration)
    .option('--cwd <folder>', 'working directory of Python (default: the current one)', folder)
    .option('--verbose', 'log what the pool does');
}

/** JSON has neither NaN nor infinities. */
function nan(): Option {
  return new Option('--nan <how>', 'NaN and infinities in a result: an error, or null').choices([
    'error',
    'null',
  ]);
}

const DURATION = 'such as 500ms, 5s, 2m or 1h; milliseconds without a unit (default: 2m)';

const SCRIPT = 'the Python script, or with -m the name of a module';

const KWARGS = 'keyword arguments: a JSON object, or @file to read it from a file';

const PROGRAM = programWords().join(' ');

const EXIT_CODES = `
Exit codes:
  0    success
  1    a call failed, or the script has no such function
  2    the command line is wrong, or names a file that cannot be used
  3    the script cannot be loaded
  4    no usable Python was found
  5    the workers cannot be kept running, or the output cannot be written
  130  interrupted by Ctrl-C`;

const CALL_EXAMPLES = `
Examples:
  $ ${PROGRAM} call provider.py call_api '["hi", {}, {}]'
  $ ${PROGRAM} call provider.py ask hi --kwargs '{"temperature": 0}'
  $ ${PROGRAM} call provider.py call_api @arguments.json --timeout 5s
  $ ${PROGRAM} call provider.py shout -- --loud
  $ ${PROGRAM} call provider.py tokens hi --stream
  $ ${PROGRAM} call -m my_package.provider call_api hi
  $ echo '["hi"]' | ${PROGRAM} call provider.py ask - | jq .output`;

const MAP_EXAMPLES = `
A line that is an array holds the arguments; any other line is the only argument. Blank lines are skipped,
but they count: n is the number of the line, from 0.

Ctrl-C starts no more calls, waits for those that are running, and prints how to resume. Press it again to
exit immediately.

Examples:
  $ ${PROGRAM} map provider.py call_api prompts.jsonl --workers 4 --out results.jsonl
  $ ${PROGRAM} map provider.py call_api prompts.jsonl --out results.jsonl --retry-failed
  $ ${PROGRAM} map provider.py ask prompts.txt --text --timeout 30s --out results.jsonl
  $ cat prompts.jsonl | ${PROGRAM} map provider.py ask - | jq -c .result`;

const DOCTOR_EXAMPLES = `
Examples:
  $ ${PROGRAM} doctor provider.py
  $ ${PROGRAM} doctor provider.py call_api --json`;

const INIT_EXAMPLES = `
The configuration itself is never changed. The exit code is 1 if a script has no module and none can be written.

Examples:
  $ ${PROGRAM} promptfoo init
  $ ${PROGRAM} promptfoo init promptfooconfig.yaml --write`;
