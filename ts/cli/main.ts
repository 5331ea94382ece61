// The command line, as docs/cli.md describes it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CommanderError } from 'commander';
import { commandLine } from './command-line.js';
import { explain, fieldsOf } from './errors.js';
import { EXIT, exitCodeOf } from './exit.js';
import { toJson } from './json.js';
import { inTwoWords } from './script.js';
import { print, surviveClosedStreams, writeOut } from './terminal.js';

async function main(): Promise<number> {
  surviveClosedStreams();
  let code: number = EXIT.ok;
  const program = commandLine(version(), async (command) => {
    code = await command();
  });
  try {
    await program.parseAsync();
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'commander.missingArgument') {
        suggestTwoWords();
      }
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    await reportError(error, process.argv.includes('--json'));
    return exitCodeOf(fieldsOf(error).code);
  }
}

/** For `call prov.py:fn`, which lacks a word. */
function suggestTwoWords(): void {
  const words = process.argv.slice(2).map(inTwoWords).find(Boolean);
  if (words) {
    print(`Write the file and the function as two words: ${words}`);
  }
}

async function reportError(error: unknown, json: boolean): Promise<void> {
  if (json) {
    await writeOut(`${toJson({ error: fieldsOf(error) })}\n`);
  } else {
    print(explain(error));
  }
}

function version(): string {
  const manifest = path.join(__dirname, '..', 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

main()
  .catch((error) => {
    // The error itself could not be written.
    print(explain(error));
    return exitCodeOf(fieldsOf(error).code);
  })
  .then((code) => {
    process.exitCode = code;
  });
