/** Writes text somewhere; resolves when it is there. */
export type Write = (text: string) => Promise<void>;

/** Characters that may wait to be written before no more calls are made. */
const MOST_WAITING = 4 * 1024 * 1024;
/** Characters that are written at a time. */
const BATCH = 1024 * 1024;

/** Writes lines in the order they come, many of them at a time when they come fast. */
export class Sink {
  #write: Write;
  #onProgress: () => void;
  #waiting: string[] = [];
  #size = 0;
  #writing: Promise<void> | undefined;
  /** What a write failed with. No more is written then. */
  error: unknown;

  /** @param onProgress called whenever something was written, and when a write has failed */
  constructor(write: Write, onProgress: () => void) {
    this.#write = write;
    this.#onProgress = onProgress;
  }

  /** Whether so much waits that those who write should, too. */
  get isBehind(): boolean {
    return this.#size > MOST_WAITING;
  }

  add(line: string): void {
    this.#waiting.push(line);
    this.#size += line.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all is written. */
  async end(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // The calls that end now are written with this one.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.error) {
      try {
        await this.#write(this.#takeBatch());
      } catch (error) {
        this.error = error;
      }
      this.#onProgress();
    }
    this.#writing = undefined;
  }

  #takeBatch(): string {
    let size = 0;
    let count = 0;
    while (count < this.#waiting.length && size < BATCH) {
      size += this.#waiting[count].length;
      count += 1;
    }
    this.#size -= size;
    return this.#waiting.splice(0, count).join('');
  }
}
