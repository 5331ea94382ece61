/** A line of a file. */
export interface RawLine {
  /** Without the newline; only the beginning of a line that is longer than the maximum. */
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
 *
 * @param max number of bytes of a line to keep
 */
export async function* linesOf(
  stream: AsyncIterable<Buffer>,
  max = Number.POSITIVE_INFINITY,
): AsyncGenerator<RawLine> {
  let begun: Buffer[] = [];
  let kept = 0;
  let start = 0;
  let read = 0;
  const keep = (part: Buffer) => {
    if (part.length > 0 && kept < max) {
      begun.push(part.subarray(0, max - kept));
      kept = Math.min(max, kept + part.length);
    }
  };
  const take = () => {
    const bytes = begun.length === 1 ? begun[0] : Buffer.concat(begun);
    begun = [];
    kept = 0;
    return bytes;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at));
      from = at + 1;
      const end = read + from;
      yield { bytes: take(), start, end, ended: true };
      start = end;
    }
    keep(chunk.subarray(from));
    read += chunk.length;
  }
  if (read > start) {
    yield { bytes: take(), start, end: read, ended: false };
  }
}
