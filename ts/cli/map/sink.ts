/** Writes text; resolves when it is written. */
export type Write = (text: string) => Promise<void>;

/** Number of waiting characters above which no more calls are made. */
const MAX_WAITING = 4 * 1024 * 1024;
/** Number of characters per write. */
const BATCH = 1024 * 1024;

/** Writes lines in order, and in batches when they arrive fast. */
export class Sink {
  #write: Write;
  #onProgress: () => void;
  #waiting: string[] = [];
  #size = 0;
  #writing: Promise<void> | undefined;
  /** The error of a failed write, after which nothing is written. */
  error: unknown;

  /** @param onProgress called after each write, and when one fails */
  constructor(write: Write, onProgress: () => void) {
    this.#write = write;
    this.#onProgress = onProgress;
  }

  /** Whether so much waits that no more should be added. */
  get isBehind(): boolean {
    return this.#size > MAX_WAITING;
  }

  add(line: string): void {
    this.#waiting.push(line);
    this.#size += line.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything is written. */
  async end(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // Lets lines that are added in the same turn join this batch.
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
