// `python-worker-pool call`: one call.

import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { usageError } from './errors.js';
import { EXIT } from './exit.js';
import { interruptible } from './interrupt.js';
import { toJson } from './json.js';
import { type CommonOptions, poolOptions, requireScript, withPool } from './pool.js';
import { print, writeOut } from './terminal.js';

export async function call(
  script: string,
  functionName: string,
  source: string,
  options: CommonOptions,
): Promise<number> {
  requireScript(script);
  const args = parseArguments(await read(source));
  // There is only one call, so that a worker that was lost need not be replaced.
  const settings = { ...poolOptions(options, print), maxCrashes: 1 };
  const result = await interruptible((interrupt) =>
    withPool(script, functionName, settings, interrupt, (pool) =>
      pool.execute(functionName, args, { signal: interrupt }),
    ),
  );
  const pretty = process.stdout.isTTY && !options.json;
  await writeOut(`${toJson(result, pretty ? 2 : undefined)}\n`);
  return EXIT.ok;
}

/** The text itself, or the contents of standard input (`-`) or of a file (`@file`). */
async function read(source: string): Promise<string> {
  if (source === '-') {
    return text(process.stdin);
  }
  if (!source.startsWith('@')) {
    return source;
  }
  try {
    return readFileSync(source.slice(1), 'utf8');
  } catch (error) {
    throw usageError(`Cannot read the arguments: ${(error as Error).message}`, error);
  }
}

function parseArguments(json: string): unknown[] {
  let args: unknown;
  try {
    args = JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw usageError(`The arguments are not JSON: ${(error as Error).message}\n${HOW}`, error);
  }
  if (!Array.isArray(args)) {
    throw usageError(`The arguments are not a JSON array.\n${HOW}`);
  }
  return args;
}

const HOW = `For example, for a function with two arguments: '["hi", {"temperature": 0}]'`;
