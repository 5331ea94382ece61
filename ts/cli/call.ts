// `python-worker-pool call`: one call.

import type { PythonStream } from 'python-worker-pool';
import { readArguments, readKeywords } from './arguments.js';
import { isClosedPipe } from './errors.js';
import { EXIT } from './exit.js';
import { interruptible } from './interrupt.js';
import { toJson } from './json.js';
import { type CommonOptions, poolOptions, withPool } from './pool.js';
import { scriptOf } from './script.js';
import { logger, print, withoutOwnErrors, writeOut } from './terminal.js';

export interface CallCommandOptions extends CommonOptions {
  kwargs?: string;
  stream?: boolean;
}

export async function call(
  name: string,
  functionName: string,
  words: readonly string[],
  options: CallCommandOptions,
): Promise<number> {
  const script = scriptOf(name, options);
  const kwargs = options.kwargs === undefined ? {} : { kwargs: readKeywords(options.kwargs) };
  const args = await readArguments(words);
  // There is only one call, so that a worker that was lost need not be replaced.
  const settings = {
    ...poolOptions(options, print),
    logger: withoutOwnErrors(logger(print, options.verbose)),
    maxCrashes: 1,
  };
  const result = await interruptible((interrupt) =>
    withPool(script, functionName, settings, interrupt, (pool): Promise<unknown> => {
      const callOptions = { signal: interrupt, ...kwargs };
      return options.stream
        ? writeItems(pool.stream(functionName, args, callOptions))
        : pool.execute(functionName, args, callOptions);
    }),
  );
  if (!options.stream) {
    const isPretty = process.stdout.isTTY && !options.json;
    await writeOut(`${toJson(result, isPretty ? 2 : undefined)}\n`);
  }
  return EXIT.ok;
}

/** Writes each item as a line, as soon as it comes, until the reader of the results closes the pipe. */
async function writeItems(items: PythonStream): Promise<void> {
  try {
    for await (const item of items) {
      await writeOut(`${toJson(item)}\n`);
    }
  } catch (error) {
    if (!isClosedPipe(error)) {
      throw error;
    }
  }
}
