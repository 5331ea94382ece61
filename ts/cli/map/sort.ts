import {
  closeSync,
  createReadStream,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { linesOf } from '../lines.js';
import { outputError } from '../terminal.js';
import { Pages } from './pages.js';
import { recordHead } from './records.js';

const BUFFER = 1024 * 1024;

/**
 * Sorts the records of a file by index, and keeps the last record of each index. The file is replaced when
 * the sorted one is complete, so that it is intact at any time.
 */
export async function sortRecords(path: string): Promise<void> {
  const sorted = `${path}.sorting`;
  try {
    await copySorted(path, sorted);
    renameSync(sorted, path);
  } catch (error) {
    rmSync(sorted, { force: true });
    throw outputError(path, error as Error);
  }
}

async function copySorted(path: string, sorted: string): Promise<void> {
  const places = await locate(path);
  const from = openSync(path, 'r');
  try {
    const to = openSync(sorted, 'w', statSync(path).mode);
    try {
      await copy(from, to, places);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

async function copy(from: number, to: number, places: Places): Promise<void> {
  const buffer = Buffer.allocUnsafe(BUFFER);
  let filled = 0;
  for (const [start, end] of places.stretches()) {
    for (let at = start; at < end; ) {
      const read = readSync(from, buffer, filled, Math.min(BUFFER - filled, end - at), at);
      if (read === 0) {
        throw new Error('The output was truncated while it was sorted');
      }
      at += read;
      filled += read;
      if (filled === BUFFER) {
        writeFileSync(to, buffer);
        filled = 0;
        await nextTurn(); // for Ctrl-C
      }
    }
  }
  writeFileSync(to, buffer.subarray(0, filled));
}

async function locate(path: string): Promise<Places> {
  const places = new Places();
  for await (const { bytes, start, end } of linesOf(createReadStream(path))) {
    const head = recordHead(bytes);
    if (head) {
      places.put(head.index, start, end);
    }
  }
  return places;
}

/** Number of indexes on a page. */
const PAGE = 512;

/** The offsets of the records in a file, 16 bytes each. */
class Places {
  /** Start and end alternately; both 0 if there is no record. */
  #pages = new Pages(PAGE, () => new Float64Array(PAGE * 2));

  put(index: number, start: number, end: number): void {
    this.#pages.open(index).set([start, end], (index % PAGE) * 2);
  }

  /** The ranges to copy, in the order of the indexes. */
  *stretches(): Generator<[start: number, end: number]> {
    let [start, end] = [0, 0];
    for (const [from, to] of this.#inOrder()) {
      if (from !== end) {
        yield [start, end];
        start = from;
      }
      end = to;
    }
    yield [start, end];
  }

  *#inOrder(): Generator<[start: number, end: number]> {
    for (const page of this.#pages.inOrder()) {
      for (let at = 0; at < page.length; at += 2) {
        if (page[at + 1] > 0) {
          yield [page[at], page[at + 1]];
        }
      }
    }
  }
}
