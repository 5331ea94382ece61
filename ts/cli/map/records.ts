// What one line of the output is: `{"index": n, "result": ...}` or `{"index": n, "error": {...}}`.

import { fieldsOf } from '../errors.js';
import { toJson } from '../json.js';

export function resultRecord(index: number, result: unknown): string {
  return `{"index":${index},"result":${toJson(result)}}\n`;
}

export function errorRecord(index: number, error: unknown): string {
  return `{"index":${index},"error":${toJson(fieldsOf(error))}}\n`;
}

/** What the beginning of a record says. */
export interface RecordHead {
  index: number;
  failed: boolean;
}

const HEAD = /^\{"index":(\d{1,10}),"(result|error)":/;
const LONGEST_HEAD = 40;

/** Undefined for a line that `map` did not write. A result is not parsed: it may be long. */
export function recordHead(line: Buffer): RecordHead | undefined {
  const [, index, kind] = HEAD.exec(line.toString('latin1', 0, LONGEST_HEAD)) ?? [];
  return index === undefined ? undefined : { index: Number(index), failed: kind === 'error' };
}

const START = '{"index":';

/** Whether a line may be a record that was cut in the middle. */
export function isCutRecord(line: Buffer): boolean {
  const text = line.toString('latin1', 0, START.length);
  return START.startsWith(text);
}

/** Whether a record that lacks its newline is whole otherwise. */
export function isWhole(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}
