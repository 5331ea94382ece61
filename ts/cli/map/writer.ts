// Opens the output of `map` for its records.

import { closeSync, constants, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageError } from '../errors.js';
import { type FileId, isSameFile, OPEN, statOf } from '../files.js';
import { outputError } from '../terminal.js';
import type { Examined, Output } from './output.js';
import type { Write } from './sink.js';

/** An output that is open. */
export interface Writer {
  write: Write;
  close(): Promise<void>;
  /** The file that is written. */
  id: FileId;
}

/** Opens the output, and repairs the end of its records. */
export async function openOutput(output: Output, interrupt: AbortSignal): Promise<Writer> {
  const { name, path, kind, examined } = output;
  try {
    if (kind === 'pipe' && examined) {
      return pipeWriter(name, await openPipe(path, interrupt), examined);
    }
    const file = examined ? await openExisting(output, examined) : await open(path, OPEN.create);
    return await fileWriter(name, file);
  } catch (error) {
    throw usageError(`Cannot write the output: ${(error as Error).message}`, error);
  }
}

/** Opens the file that was examined for appending, without what is not to be kept. */
async function openExisting(
  { name, path, kind, resumes, found }: Output,
  examined: Examined,
): Promise<FileHandle> {
  if (kind === 'device') {
    return await open(path, constants.O_WRONLY);
  }
  // Windows cannot truncate a file that is open for appending.
  const whole = await openSame(path, OPEN.write, examined);
  try {
    if (resumes && (await whole.stat({ bigint: true })).size !== examined.size) {
      throw new Error(`${name} has been changed since it was read: start the command again`);
    }
    await whole.truncate(found.kept);
  } finally {
    await whole.close();
  }
  const file = await openSame(path, OPEN.append, examined);
  await file.writeFile(found.lacksNewline ? '\n' : '');
  return file;
}

/** Opens a file without following links, if it is still the one that is expected. */
export async function openSame(path: string, flags: number, expected: FileId): Promise<FileHandle> {
  const file = await open(path, flags);
  if (!isSameFile(await file.stat({ bigint: true }), expected)) {
    await file.close();
    throw new Error(`another file has taken the place of ${path}`);
  }
  return file;
}

async function fileWriter(name: string, file: FileHandle): Promise<Writer> {
  const write: Write = async (text) => {
    try {
      await file.writeFile(text);
    } catch (error) {
      throw outputError(name, error as Error);
    }
  };
  return { write, close: () => file.close(), id: await file.stat({ bigint: true }) };
}

/** How often to look for a reader, in milliseconds. */
const POLL = 50;

/** Opens a named pipe once it has a reader. Waiting in `open` itself could not be interrupted. */
async function openPipe(path: string, interrupt: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') {
        throw error;
      }
    }
    await sleep(POLL, undefined, { signal: interrupt });
  }
}

/** Does not block a thread while the reader is slow, which would keep this process from exiting. */
function pipeWriter(name: string, fd: number, expected: FileId): Writer {
  const id = statOf(fd);
  if (!id || !isSameFile(id, expected)) {
    closeSync(fd);
    throw new Error(`another file has taken the place of ${name}`);
  }
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => {}); // reported by `write`
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        socket.write(text, (error) => (error ? reject(outputError(name, error)) : resolve()));
      }),
    close: async () => void socket.destroy(),
    id,
  };
}
