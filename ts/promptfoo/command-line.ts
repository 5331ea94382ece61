// The command line of promptfoo, if this process is one. promptfoo passes neither `-j` nor `--no-cache` to
// providers of a package.

import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { ConfigFiles } from './config-file.js';

/** The options of `promptfoo eval`, or a command like it, that concern providers. */
export interface EvalCommand {
  /** Maximum number of concurrent calls, if it is set. */
  concurrency: number | undefined;
  /** The option that sets it. */
  concurrencyOption: string;
  /** Milliseconds between calls, if they are set. */
  delay: number | undefined;
  /** The configuration, if it is set: the first of several. */
  config: string | undefined;
  /** Where the configuration is; undefined if it is that of an earlier evaluation. */
  configFiles: ConfigFiles | undefined;
}

/** Commands that evaluate, each with the name of its default configuration. */
const COMMANDS = new Map([
  ['eval', 'promptfooconfig'],
  ['redteam eval', 'redteam'],
  ['redteam run', 'promptfooconfig'],
  ['retry', 'promptfooconfig'],
]);

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
  const name = args.slice(0, args[0] === 'redteam' ? 2 : 1).join(' ');
  const defaultName = COMMANDS.get(name);
  if (!program || defaultName === undefined || !isPromptfoo(program)) {
    return undefined;
  }
  const { values, tokens } = parseArgs({
    args,
    options: {
      'max-concurrency': { type: 'string', short: 'j' },
      delay: { type: 'string' },
      config: { type: 'string', short: 'c' },
    },
    strict: false,
    tokens: true,
  });
  const paths = configPaths(tokens);
  const isRetry = name === 'retry';
  const isRepeated = isRetry || 'resume' in values || 'retry-errors' in values;
  return {
    concurrency: integer(values['max-concurrency']),
    concurrencyOption: isRetry ? '--max-concurrency' : '-j',
    delay: integer(values.delay),
    config: paths[0],
    configFiles: isRepeated ? undefined : { paths, defaultName },
  };
}

/** A part of the command line. */
interface Token {
  kind: string;
  /** The option, if it is one. */
  name?: string;
  /** Its value, or a word of its own. */
  value?: string | undefined;
}

/** The values of `-c`, which takes several: `-c one.yaml two.yaml -c three.yaml`. */
function configPaths(tokens: readonly Token[]): string[] {
  let option: string | undefined;
  return tokens.flatMap(({ name = option, value }) => {
    option = name;
    return name === 'config' && value !== undefined ? [value] : [];
  });
}

function integer(value: string | boolean | undefined): number | undefined {
  const number = Number.parseInt(String(value), 10);
  return Number.isNaN(number) ? undefined : number;
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
