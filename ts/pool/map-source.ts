// What `map` reads its lists of arguments from.

import { show } from './checks.js';
import { invalidArgument } from './failures.js';

type Source = Iterable<unknown> | AsyncIterable<unknown>;
type Step = IteratorResult<unknown, unknown>;

/** An array or any other iterable. It is opened when it is first read, and closed unless it has ended. */
export class MapSource {
  readonly #source: Source;
  readonly #isAsync: boolean;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #isReading = false;
  /** It has ended, has thrown, or was closed. */
  #isOver = false;

  /** Throws for anything but an iterable. */
  constructor(calls: unknown) {
    if (!isIterable(calls)) {
      throw invalidArgument(
        `Invalid calls: ${show(calls)}. Must be an array or another iterable of arrays of arguments, such as ` +
          '[["a"], ["b"]].',
      );
    }
    this.#source = calls;
    this.#isAsync = hasMethod(calls, Symbol.asyncIterator);
  }

  /** The next item; a promise if the source is asynchronous. Throws or rejects with the source's error. */
  read(): Step | Promise<Step> {
    return this.#isAsync ? this.#readLater() : this.#readNow();
  }

  /**
   * Closes the source, as leaving a loop over it does. Resolves when it is closed; but at once if it is being
   * read, because the next item may take any time.
   */
  async close(): Promise<void> {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    if (!this.#isReading) {
      await this.#iterator?.return?.();
    } else if (this.#isAsync) {
      Promise.resolve(this.#iterator?.return?.()).catch(() => {});
    }
    // A synchronous source that is being read is running, and led to this itself: it is closed afterwards.
  }

  #readNow(): Step {
    this.#isReading = true;
    try {
      const step = this.#take(this.#open<Iterator<unknown>>().next());
      if (this.#isOver && !step.done) {
        this.#iterator?.return?.();
      }
      return step;
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#isReading = false;
    }
  }

  async #readLater(): Promise<Step> {
    this.#isReading = true;
    try {
      return this.#take(await this.#open<AsyncIterator<unknown>>().next());
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#isReading = false;
    }
  }

  #open<I extends Iterator<unknown> | AsyncIterator<unknown>>(): I {
    const symbol = this.#isAsync ? Symbol.asyncIterator : Symbol.iterator;
    this.#iterator ??= Reflect.get(this.#source, symbol).call(this.#source) as I;
    return this.#iterator as I;
  }

  #take(step: Step): Step {
    if (step.done) {
      this.#isOver = true;
    }
    return step;
  }
}

function isIterable(value: unknown): value is Source {
  return (
    typeof value === 'object' &&
    value !== null &&
    (hasMethod(value, Symbol.asyncIterator) || hasMethod(value, Symbol.iterator))
  );
}

function hasMethod(value: object, symbol: symbol): boolean {
  return typeof Reflect.get(value, symbol) === 'function';
}
