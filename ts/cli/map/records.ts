// The lines of the output: `{"index": n, "result": ...}` or `{"index": n, "error": {...}}`.

import { fieldsOf } from '../errors.js';
import { toJson } from '../json.js';

export function resultRecord(index: number, result: unknown): string {
  return `{"index":${index},"result":${toJson(result)}}\n`;
}

export function errorRecord(index: number, error: unknown): string {
  return `{"index":${index},"error":${toJson(fieldsOf(error))}}\n`;
}

/** The beginning of a record. */
export interface RecordHead {
  index: number;
  failed: boolean;
}

const HEAD = /^\{"index":(\d{1,10}),"(result|error)":/;
/** The length that suffices to recognise a record, in bytes. */
export const MAX_HEAD_LENGTH = 40;

/** Undefined for a line that `map` did not write. The rest is not parsed: a result may be long. */
export function recordHead(line: Buffer): RecordHead | undefined {
  const [, index, kind] = HEAD.exec(line.toString('latin1', 0, MAX_HEAD_LENGTH)) ?? [];
  return index === undefined ? undefined : { index: Number(index), failed: kind === 'error' };
}

const START = '{"index":';

/** Whether a line may be an incomplete record. */
export function isCutRecord(line: Buffer): boolean {
  const text = line.toString('latin1', 0, START.length);
  return START.startsWith(text);
}

/** Whether a record without a newline is complete otherwise. */
export function isWhole(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}
