// The output of `map` before the run: its records so far, and where to continue.

import { accessSync, type BigIntStats, constants, lstatSync, realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { isOfSystem, usageError } from '../errors.js';
import { type FileId, OPEN, statOf } from '../files.js';
import { linesOf } from '../lines.js';
import { Done } from './done.js';
import { requireNoSource, requireOther, type Sources } from './overwrite.js';
import { isCutRecord, isWhole, recordHead } from './records.js';

export interface OutputOptions {
  resume: boolean;
  force: boolean;
}

/** An output before the run. */
export interface Output {
  /** Its name on the command line. */
  name: string;
  /** Without links if it exists, so that a link stays one when the file is replaced by a sorted one. */
  path: string;
  kind: 'file' | 'pipe' | 'device';
  /** Whether its records are kept. */
  resumes: boolean;
  /** The file that was examined; undefined if there was none. */
  examined: Examined | undefined;
  found: Found;
}

export interface Examined extends FileId {
  size: bigint;
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

const STANDARD_OUTPUT = ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

export function isStandardOutput(name: string): boolean {
  return STANDARD_OUTPUT.includes(name);
}

/** Reads and checks the output, without changing it. */
export async function examineOutput(
  name: string,
  sources: Sources,
  options: OutputOptions,
): Promise<Output> {
  try {
    return await examine(name, sources, options);
  } catch (error) {
    throw isOfSystem(error)
      ? usageError(`Cannot write the output: ${error.message}`, error)
      : error;
  }
}

async function examine(
  name: string,
  sources: Sources,
  { resume, force }: OutputOptions,
): Promise<Output> {
  const stat = statOf(name);
  if (!stat) {
    return examineNew(name, sources);
  }
  if (stat.isDirectory()) {
    throw usageError(`${name} is a folder; --out needs the path of a file`);
  }
  if (!stat.isFile()) {
    return examineSpecial(name, stat, sources, resume);
  }
  const file = realpathSync.native(name);
  requireNoSource(name, file, stat, sources);
  if (!resume && !force) {
    throw usageError(
      `${name} already exists: use --resume to continue it, or --force to overwrite it`,
    );
  }
  accessSync(file, constants.W_OK);
  const found = resume ? await readRecords(name, file) : nothing();
  return { name, path: file, kind: 'file', resumes: resume, examined: stat, found };
}

function examineNew(name: string, sources: Sources): Output {
  if (lstatSync(name, { throwIfNoEntry: false })) {
    throw usageError(`${name} is a link to a file that does not exist`);
  }
  requireNoSource(name, name, undefined, sources);
  accessSync(path.dirname(name), constants.W_OK);
  return { name, path: name, kind: 'file', resumes: false, examined: undefined, found: nothing() };
}

function examineSpecial(
  name: string,
  stat: BigIntStats,
  sources: Sources,
  resume: boolean,
): Output {
  if (resume) {
    throw usageError(`${name} is not a regular file: there is nothing to resume from`);
  }
  if (stat.isSocket() || stat.isBlockDevice()) {
    const what = stat.isSocket() ? 'socket' : 'disk';
    throw usageError(`${name} is a ${what}; --out needs the path of a file`);
  }
  // A terminal, or /dev/null, may well be the input too.
  if (!stat.isCharacterDevice()) {
    requireOther(name, stat, sources);
  }
  accessSync(name, constants.W_OK);
  const kind = stat.isFIFO() ? 'pipe' : 'device';
  return { name, path: name, kind, resumes: false, examined: stat, found: nothing() };
}

async function readRecords(name: string, path: string): Promise<Found> {
  const found = nothing();
  const file = await open(path, OPEN.read);
  let number = 0;
  for await (const { bytes, ended, end } of linesOf(file.createReadStream())) {
    number += 1;
    const head = recordHead(bytes);
    if (!ended && isCutRecord(bytes) && !(head && isWhole(bytes))) {
      break; // its call is repeated
    }
    if (!head) {
      throw usageError(`${name}:${number} was not written by map: is this the right file?`);
    }
    found.hasRepeats ||= found.done.get(head.index) !== undefined;
    found.inOrder &&= head.index > found.done.highest;
    found.done.add(head.index, head.failed);
    found.kept = end;
    found.lacksNewline = !ended;
  }
  return found;
}
