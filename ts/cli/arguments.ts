// The arguments of a call, from the words of the command line.

import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { usageError } from './errors.js';

/**
 * A single array is the list of arguments. Otherwise each word is an argument: JSON where it is valid, the
 * value in a file (`@file`) or on standard input (`-`), or else the word itself.
 */
export async function readArguments(words: readonly string[]): Promise<unknown[]> {
  if (words.filter((word) => word === '-').length > 1) {
    throw usageError('Only one argument can be read from standard input (-).');
  }
  const values: unknown[] = [];
  for (const word of words) {
    values.push(await readWord(word));
  }
  const [first] = values;
  return values.length === 1 && Array.isArray(first) ? first : values;
}

/** Keyword arguments: a JSON object, or a file with one (`@file`). */
export function readKeywords(word: string): Record<string, unknown> {
  const value = parse(word.startsWith('@') ? readFile(word.slice(1)) : word, '--kwargs');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError(`--kwargs is not a JSON object, such as '{"temperature": 0}': ${word}`);
  }
  return value as Record<string, unknown>;
}

async function readWord(word: string): Promise<unknown> {
  if (word === '-') {
    return parse(await text(process.stdin), 'Standard input');
  }
  if (word.startsWith('@')) {
    return parse(readFile(word.slice(1)), word.slice(1));
  }
  return isMeantAsJson(word) ? parse(word, 'The argument') : plainWord(word);
}

/** A word with brackets or quotes is JSON that a shell may have damaged, rather than a string. */
function isMeantAsJson(word: string): boolean {
  return /^\s*[[{"]/.test(word);
}

function plainWord(word: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(word);
  } catch {
    return word;
  }
  // A number would lose digits: Python has integers of any length.
  return /^\s*-?\d+\s*$/.test(word) && !Number.isSafeInteger(value) ? BigInt(word) : value;
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(`Cannot read the arguments: ${(error as Error).message}`, error);
  }
}

function parse(json: string, what: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw usageError(`${what} is not JSON: ${(error as Error).message}\n${HOW}`, error);
  }
}

const HOW = `For example, for a function with two arguments: hi '{"temperature": 0}', or '["hi", {"temperature": 0}]'
A string that begins with [, { or " is passed as JSON: '"[draft]"'`;
