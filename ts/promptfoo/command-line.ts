// The command line of promptfoo, if this process is one. promptfoo passes neither `-j` nor `--no-cache` to
// providers of a package.

import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

/** The options of `promptfoo eval` that concern providers. */
export interface EvalCommand {
  /** Maximum number of concurrent calls, if it is set. */
  concurrency?: number;
  /** The configuration, if it is set: the first of several. */
  config?: string;
}

/** Commands that evaluate: `promptfoo eval`, `promptfoo redteam eval`, `promptfoo redteam run`. */
const COMMANDS = /^(eval|redteam (eval|run))( |$)/;

let known: { command: EvalCommand | undefined } | undefined;

/** The command of this process; undefined unless it is an evaluation by promptfoo's command line. */
export function evalCommand(): EvalCommand | undefined {
  // Determined once: it reads files, and every call needs it.
  known ??= { command: readCommand(process.argv) };
  return known.command;
}

/** The folder of the configuration; undefined unless the command names one. */
export function configFolder(): string | undefined {
  const config = evalCommand()?.config;
  if (config === undefined) {
    return undefined;
  }
  const isFolder = statSync(config, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? config : path.dirname(config);
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
      config: { type: 'string', short: 'c' },
    },
    strict: false,
  });
  const config = typeof values.config === 'string' ? { config: values.config } : {};
  // With a delay, promptfoo makes one call at a time.
  if (Number(values.delay) > 0) {
    return { ...config, concurrency: 1 };
  }
  const concurrency = Number.parseInt(String(values['max-concurrency']), 10);
  return Number.isNaN(concurrency) ? config : { ...config, concurrency };
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
    return false; // e.g. the program has been removed
  }
}

function packageName(folder: string): string | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).name;
  } catch {
    return undefined;
  }
}
