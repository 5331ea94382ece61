// A line of the input, and its arguments.

import { constants } from 'node:buffer';
import { CliError } from '../errors.js';
import type { RawLine } from '../lines.js';
import { parseJson } from '../parse-json.js';
import { decodeUtf8 } from '../utf8.js';

/** Maximum length of a line in bytes: that of a string. */
export const MAX_LINE = constants.MAX_STRING_LENGTH;

/** The text of a line; undefined if it is blank. Throws if it has none. */
export function decode({ bytes, start, end }: RawLine, where: string): string | undefined {
  const length = end - start;
  if (length > bytes.length + 1) {
    throw invalidLine(
      `${where} is too long: it has ${length} bytes, but the maximum is ${MAX_LINE}`,
    );
  }
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch (error) {
    throw invalidLine(`${where} is not UTF-8`, error);
  }
  return text.trim() === '' ? undefined : text;
}

/** How the text of a line becomes arguments. */
export interface LineFormat {
  /** Whether an array is the list of arguments. */
  spread: boolean;
  /** Whether a line is a string, and not JSON. */
  text: boolean;
}

/** The arguments in a line: the items of an array, or the value itself as the only one. */
export function argumentsOf(text: string, where: string, format: LineFormat): unknown[] {
  if (format.text) {
    return [text.replace(/\r$/, '')];
  }
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    const { message } = error as Error;
    throw error instanceof RangeError
      ? invalidLine(`${where} has a number that cannot be passed: ${message}`, error)
      : invalidLine(`${where} is not JSON: ${message}`, error);
  }
  return format.spread && Array.isArray(value) ? value : [value];
}

function invalidLine(message: string, cause?: unknown): CliError {
  return new CliError('ERR_INVALID_LINE', message, { cause });
}
