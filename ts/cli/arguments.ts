// The arguments of a call, from the words of the command line.

import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { usageError } from './errors.js';
import { parseJson } from './parse-json.js';
import { decodeUtf8, encodingOf } from './utf8.js';

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
  const json = word.startsWith('@') ? readFile(word.slice(1)) : word;
  const value = parse(json, '--kwargs', HOW_KEYWORDS);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError(`--kwargs is not a JSON object: ${word}\n${HOW_KEYWORDS}`);
  }
  return value as Record<string, unknown>;
}

async function readWord(word: string): Promise<unknown> {
  if (word === '-') {
    return parse(decode(await buffer(process.stdin), 'Standard input'), 'Standard input');
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
  try {
    JSON.parse(word);
  } catch {
    return word;
  }
  return parse(word, 'The argument');
}

function readFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw usageError(`Cannot read the arguments: ${(error as Error).message}`, error);
  }
  return decode(bytes, path);
}

function decode(bytes: Buffer, what: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw usageError(`${what} is ${encodingOf(bytes)}`, error);
  }
}

function parse(json: string, what: string, how = HOW): unknown {
  try {
    return parseJson(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as Error;
    throw error instanceof RangeError
      ? usageError(`${what} has a number that cannot be passed: ${message}`, error)
      : usageError(`${what} is not JSON: ${message}\n${how}`, error);
  }
}

const HOW = `For example, for a function with two arguments: hi '{"temperature": 0}', or '["hi", {"temperature": 0}]'
A string that begins with [, { or " is passed as JSON: '"[draft]"'`;

const HOW_KEYWORDS = `For example: --kwargs '{"temperature": 0}', or --kwargs @keywords.json`;
