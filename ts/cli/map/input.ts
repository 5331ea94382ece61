// The input of `map`: JSON Lines from a file or from standard input.

import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { CliError, usageError } from '../errors.js';

export interface Input {
  /** Its name in messages. */
  name: string;
  stream: Readable;
  /** In bytes, if known. */
  size?: number;
}

/** Opens a file; `-` is standard input. */
export function openInput(source: string): Input {
  if (source === '-') {
    return { name: 'standard input', stream: process.stdin };
  }
  let fd: number;
  try {
    fd = openSync(source, 'r');
  } catch (error) {
    throw usageError(`Cannot read the input: ${(error as Error).message}`, error);
  }
  const stat = fstatSync(fd);
  if (stat.isDirectory()) {
    closeSync(fd);
    throw usageError(`Cannot read the input: ${source} is a folder`);
  }
  const stream = createReadStream(source, { fd, highWaterMark: 256 * 1024 });
  return { name: source, stream, size: stat.isFile() ? stat.size : undefined };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a line; undefined if it is blank. Throws if it is not UTF-8. */
export function decode(bytes: Buffer, where: string): string | undefined {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw invalidLine(`${where} is not UTF-8`, error);
  }
  return text.trim() === '' ? undefined : text;
}

/**
 * The arguments in a line: the items of an array, or the value itself as the only one. Without `spread`, an
 * array is the only argument too.
 */
export function argumentsOf(text: string, where: string, spread: boolean): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidLine(`${where} is not JSON: ${(error as Error).message}`, error);
  }
  return spread && Array.isArray(value) ? value : [value];
}

function invalidLine(message: string, cause: unknown): CliError {
  return new CliError('ERR_INVALID_LINE', message, { cause });
}
