// The command line, as docs/cli.md describes it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CommanderError } from 'commander';
import { commandLine } from './command-line.js';
import { explain, fieldsOf, isClosedPipe } from './errors.js';
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
      suggest(error.code);
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    await reportError(error, process.argv.includes('--json'));
    return exitCodeOf(fieldsOf(error).code);
  }
}

function printError(error: unknown): void {
  if (!isClosedPipe(error)) {
    print(explain(error));
  }
}

/** What to do about an error of the command line, for the likely reasons. */
function suggest(code: string): void {
  const [command, ...words] = process.argv.slice(2);
  const two = words.map(inTwoWords).find(Boolean);
  if (code === 'commander.missingArgument' && two) {
    print(`Write the file and the function as two words: ${two}`);
  }
  if (code === 'commander.unknownOption' && command === 'call') {
    print('To pass a word that begins with - to the function, write -- before it.');
  }
}

async function reportError(error: unknown, json: boolean): Promise<void> {
  if (json) {
    await writeOut(`${toJson({ error: fieldsOf(error) })}\n`);
  } else {
    printError(error);
  }
}

function version(): string {
  const manifest = path.join(__dirname, '..', 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

main()
  .catch((error) => {
    // The error itself could not be written.
    printError(error);
    return exitCodeOf(fieldsOf(error).code);
  })
  .then((code) => {
    process.exitCode = code;
  });
