// Writes to stderr that harm nobody. No error of the stream may turn into an uncaught exception: `console.error`
// protects only the first write from a full disk. And lines that nobody reads must not fill the memory.

// Imported now, so that a test's fake timers do not stop it.
import { setImmediate } from 'node:timers';

/** From so many bytes on that the stream has not written yet, lines are dropped. */
const MAX_PENDING = 4 * 2 ** 20;

/** How many writes are under way, for each stream. */
const writing = new WeakMap<NodeJS.WritableStream, number>();

/** Lines that were dropped since the last one that was written. */
let dropped = 0;

const ignore = (): void => {};

/** Writes a line, or drops it where stderr is closed, its disk is full, or nobody reads it. */
export function writeLine(line: string): void {
  try {
    const { stderr } = process;
    if (stderr.writableLength > MAX_PENDING) {
      dropped += 1;
      return;
    }
    const notice =
      dropped === 0
        ? ''
        : `[python-worker-pool] ${dropped} lines were dropped while nobody read stderr\n`;
    dropped = 0;
    writeIgnoringErrors(stderr, `${notice}${line}\n`);
  } catch {
    // There is no stderr.
  }
}

/** Writes a text to a stream. The stream's other users get their errors as before. */
function writeIgnoringErrors(stream: NodeJS.WritableStream, text: string): void {
  const before = writing.get(stream) ?? 0;
  writing.set(stream, before + 1);
  if (before === 0) {
    stream.on('error', ignore);
  }
  // The event follows the callback.
  const end = () => setImmediate(() => endWrite(stream));
  try {
    stream.write(text, end);
  } catch (error) {
    end();
    throw error;
  }
}

function endWrite(stream: NodeJS.WritableStream): void {
  const left = (writing.get(stream) ?? 0) - 1;
  writing.set(stream, left);
  if (left === 0) {
    stream.removeListener('error', ignore);
  }
}
