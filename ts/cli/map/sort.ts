import { randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FileId, isSameFile, OPEN, statOf } from '../files.js';
import { linesOf } from '../lines.js';
import { Places } from './places.js';
import { MAX_HEAD_LENGTH, recordHead } from './records.js';

const BUFFER = 1024 * 1024;

/**
 * Sorts the records of a file by index, and keeps the last record of each index. The file is replaced when
 * the sorted one is complete, so that it is intact at any time.
 *
 * @param written the file that the records were written to
 */
export async function sortRecords(
  path: string,
  written: FileId,
  interrupt: AbortSignal,
): Promise<void> {
  const sorted = `${path}.${randomBytes(8).toString('hex')}.sorting`;
  const remove = () => rmSync(sorted, { force: true });
  process.on('exit', remove); // at the second Ctrl-C
  try {
    await copySorted(path, sorted, written, interrupt);
    requireSame(path, path, written);
    renameSync(sorted, path);
  } catch (error) {
    remove();
    throw error;
  } finally {
    process.off('exit', remove);
  }
}

async function copySorted(
  path: string,
  sorted: string,
  written: FileId,
  interrupt: AbortSignal,
): Promise<void> {
  const from = openSync(path, OPEN.read);
  try {
    requireSame(path, from, written);
    const places = await locate(from, interrupt);
    const to = openSync(sorted, OPEN.create, 0o600);
    try {
      await copy(from, to, places, interrupt);
      takeAttributes(from, to);
      fsyncSync(to);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

function requireSame(path: string, file: number | string, written: FileId): void {
  const now = statOf(file);
  if (!now || !isSameFile(now, written)) {
    throw new Error(`another file has taken the place of ${path}`);
  }
}

/** The new file gets the owner and the permissions of the old one. */
function takeAttributes(from: number, to: number): void {
  const { uid, gid, mode } = fstatSync(from);
  try {
    fchownSync(to, uid, gid);
  } catch {
    // Only root may give a file away.
  }
  fchmodSync(to, mode & 0o777);
}

async function copy(
  from: number,
  to: number,
  places: Places,
  interrupt: AbortSignal,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(BUFFER);
  let filled = 0;
  for (const [start, end] of places.stretches()) {
    for (let at = start; at < end; ) {
      const read = readSync(from, buffer, filled, Math.min(BUFFER - filled, end - at), at);
      if (read === 0) {
        throw new Error('it was truncated while it was sorted');
      }
      at += read;
      filled += read;
      if (filled === BUFFER) {
        writeFileSync(to, buffer);
        filled = 0;
        await nextTurn(); // for Ctrl-C
        interrupt.throwIfAborted();
      }
    }
  }
  writeFileSync(to, buffer.subarray(0, filled));
}

async function locate(file: number, interrupt: AbortSignal): Promise<Places> {
  const places = new Places();
  const stream = createReadStream('', { fd: file, start: 0, autoClose: false, signal: interrupt });
  for await (const { bytes, start, end } of linesOf(stream, MAX_HEAD_LENGTH)) {
    const head = recordHead(bytes);
    if (head) {
      places.put(head.index, start, end);
    }
  }
  return places;
}
