// What the command line of promptfoo says, where that is what runs. A provider of a package is told
// neither `-j` nor `--no-cache`.

import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

/** The part of `promptfoo eval`'s command line that is about providers. */
export interface EvalCommand {
  /** How many calls there are at a time at most, if it says so. */
  concurrency?: number;
}

/** Those that evaluate: `promptfoo eval`, `promptfoo redteam eval`, `promptfoo redteam run`. */
const COMMANDS = /^(eval|redteam (eval|run))( |$)/;

let known: { command: EvalCommand | undefined } | undefined;

/** Of the running process; undefined when that is no evaluation by promptfoo's command line. */
export function evalCommand(): EvalCommand | undefined {
  // Looked for once: each call asks, and files are read.
  known ??= { command: readCommand(process.argv) };
  return known.command;
}

function readCommand([, program, ...args]: readonly string[]): EvalCommand | undefined {
  if (!program || !COMMANDS.test(args.join(' ')) || !isPromptfoo(program)) {
    return undefined;
  }
  const { values } = parseArgs({
    args,
    options: {
      'max-concurrency': { type: 'string', short: 'j' },
      delay: { type: 'string' },
    },
    strict: false,
  });
  // promptfoo calls one at a time then.
  if (Number(values.delay) > 0) {
    return { concurrency: 1 };
  }
  const concurrency = Number.parseInt(String(values['max-concurrency']), 10);
  return Number.isNaN(concurrency) ? {} : { concurrency };
}

/** Whether a program belongs to the package named promptfoo. */
function isPromptfoo(program: string): boolean {
  try {
    let folder = path.dirname(realpathSync(program));
    for (;;) {
      const name = packageName(folder);
      const parent = path.dirname(folder);
      if (name !== undefined || parent === folder) {
        return name === 'promptfoo';
      }
      folder = parent;
    }
  } catch {
    return false; // such as a program that was removed since
  }
}

function packageName(folder: string): string | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).name;
  } catch {
    return undefined;
  }
}
