// The input of `map`: lines of a file or of standard input.

import { type BigIntStats, closeSync, createReadStream, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { usageError } from '../errors.js';
import { type FileId, statOf } from '../files.js';

export interface Input {
  /** Its name in messages. */
  name: string;
  stream: Readable;
  id?: FileId;
  /** In bytes, if known. */
  size?: number;
}

const STANDARD_INPUT = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

export function isStandardInput(source: string): boolean {
  return STANDARD_INPUT.includes(source);
}

/** Opens a file; `-` is standard input. */
export function openInput(source: string): Input {
  if (isStandardInput(source)) {
    const stat = statOf(0);
    if (stat?.isDirectory()) {
      throw usageError('Cannot read the input: standard input is a folder');
    }
    return { name: 'standard input', stream: process.stdin, id: stat, size: sizeOf(stat) };
  }
  let fd: number;
  try {
    fd = openSync(source, 'r');
  } catch (error) {
    throw usageError(`Cannot read the input: ${(error as Error).message}`, error);
  }
  const stat = statOf(fd);
  if (stat?.isDirectory()) {
    closeSync(fd);
    throw usageError(`Cannot read the input: ${source} is a folder`);
  }
  return { name: source, stream: streamOf(fd, stat), id: stat, size: sizeOf(stat) };
}

/**
 * A stream that can be destroyed while it waits for data. A read of a pipe by a thread would outlast it, and
 * keep this process from exiting.
 */
function streamOf(fd: number, stat: BigIntStats | undefined): Readable {
  if (isatty(fd)) {
    return new ReadStream(fd);
  }
  if (stat?.isFIFO() && process.platform !== 'win32') {
    return new Socket({ fd, readable: true, writable: false });
  }
  return createReadStream('', { fd, highWaterMark: 256 * 1024 });
}

function sizeOf(stat: BigIntStats | undefined): number | undefined {
  return stat?.isFile() ? Number(stat.size) : undefined;
}
