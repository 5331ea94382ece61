/** A line of a file. */
export interface RawLine {
  /** Without the newline. */
  bytes: Buffer;
  /** Offsets in bytes of this line and of the next. */
  start: number;
  end: number;
  /** Whether it ends with a newline; the last line may not. */
  ended: boolean;
}

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, one in memory at a time. (`node:readline` also splits at U+2028,
 * which a JSON string may contain.)
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
