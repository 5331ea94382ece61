/** A line as it lies in a file. */
export interface RawLine {
  /** Without the newline. */
  bytes: Buffer;
  /** Where the line begins, and where the next one does. */
  start: number;
  end: number;
  /** Whether it has its newline: the last one may not. */
  ended: boolean;
}

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, one in memory at a time. (`node:readline` also splits at U+2028,
 * which may stand in a JSON string.)
 */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<RawLine> {
  let begun: Buffer[] = [];
  let start = 0;
  let read = 0;
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, at);
      const bytes = begun.length > 0 ? Buffer.concat([...begun, rest]) : rest;
      begun = [];
      from = at + 1;
      const end = read + from;
      yield { bytes, start, end, ended: true };
      start = end;
    }
    if (from < chunk.length) {
      begun.push(chunk.subarray(from));
    }
    read += chunk.length;
  }
  if (begun.length > 0) {
    yield { bytes: Buffer.concat(begun), start, end: read, ended: false };
  }
}
