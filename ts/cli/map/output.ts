// The output file of `map`: its records so far, and where to continue.

import { createReadStream, realpathSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, truncate } from 'node:fs/promises';
import { isOfSystem, usageError } from '../errors.js';
import { linesOf } from '../lines.js';
import { Done } from './done.js';
import { isCutRecord, isWhole, recordHead } from './records.js';

export interface OutputOptions {
  resume: boolean;
  force: boolean;
}

/** An output file before the run. */
export interface Output {
  path: string;
  /** How to open it: as a new file, overwriting, or appending. */
  flags: 'wx' | 'w' | 'a';
  found: Found;
}

/** The records in a file. */
export interface Found {
  done: Done;
  /** Number of bytes to keep; the rest is part of a record. */
  kept: number;
  /** Whether the last record lacks only its newline. */
  lacksNewline: boolean;
  /** Whether the indexes are ascending. */
  inOrder: boolean;
  /** Whether some index has several records. */
  hasRepeats: boolean;
}

function nothing(): Found {
  return { done: new Done(), kept: 0, lacksNewline: false, inOrder: true, hasRepeats: false };
}

/** Reads and checks the file, without changing it. */
export async function examineOutput(
  path: string,
  input: string,
  options: OutputOptions,
): Promise<Output> {
  try {
    return await examine(path, input, options);
  } catch (error) {
    throw isOfSystem(error)
      ? usageError(`Cannot use ${path} as the output: ${error.message}`, error)
      : error;
  }
}

async function examine(
  path: string,
  input: string,
  { resume, force }: OutputOptions,
): Promise<Output> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) {
    return { path, flags: 'wx', found: nothing() };
  }
  if (stat.isDirectory()) {
    throw usageError(`${path} is a folder; --out needs the path of a file`);
  }
  if (isSame(stat, input)) {
    throw usageError(`${path} is the input; --out needs another file`);
  }
  if (!stat.isFile()) {
    if (resume) {
      throw usageError(`${path} is not a regular file: there is nothing to resume from`);
    }
    return { path, flags: 'w', found: nothing() };
  }
  if (resume) {
    // Resolved, so that a link stays a link when the file is replaced by a sorted one.
    return { path: realpathSync(path), flags: 'a', found: await readRecords(path) };
  }
  if (!force) {
    throw usageError(
      `${path} already exists: use --resume to continue it, or --force to overwrite it`,
    );
  }
  return { path, flags: 'w', found: nothing() };
}

function isSame(output: Stats, input: string): boolean {
  const stat = input === '-' ? undefined : statSync(input, { throwIfNoEntry: false });
  return stat !== undefined && stat.ino === output.ino && stat.dev === output.dev;
}

async function readRecords(path: string): Promise<Found> {
  const found = nothing();
  let number = 0;
  for await (const { bytes, ended, end } of linesOf(createReadStream(path))) {
    number += 1;
    const head = recordHead(bytes);
    if (!ended && isCutRecord(bytes) && !(head && isWhole(bytes))) {
      break; // its call is repeated
    }
    if (!head) {
      throw usageError(`${path}:${number} was not written by map: is this the right file?`);
    }
    found.hasRepeats ||= found.done.has(head.index);
    found.inOrder &&= head.index > found.done.highest;
    found.done.add(head.index, head.failed);
    found.kept = end;
    found.lacksNewline = !ended;
  }
  return found;
}

/** Opens the file for new records, and repairs its end. */
export async function openOutput({ path, flags, found }: Output): Promise<FileHandle> {
  try {
    if (flags === 'a') {
      await truncate(path, found.kept);
    }
    const file = await open(path, flags);
    await file.writeFile(found.lacksNewline ? '\n' : '');
    return file;
  } catch (error) {
    throw usageError(`Cannot write the output: ${(error as Error).message}`, error);
  }
}
