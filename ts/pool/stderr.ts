// Writes that no error of their stream may turn into an uncaught exception. `console.error` protects only the
// first one from a full disk.

// Imported now, so that a test's fake timers do not stop it.
import { setImmediate } from 'node:timers';

/** How many writes are under way, for each stream. */
const writing = new WeakMap<NodeJS.WritableStream, number>();

const ignore = (): void => {};

/** Writes a text to a stream, or drops it. The stream's other users get their errors as before. */
export function writeIgnoringErrors(stream: NodeJS.WritableStream, text: string): void {
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
