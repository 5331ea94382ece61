// What `map` reads its lists of arguments from.

import { show } from './checks.js';
import { FailedCall, invalidArgument } from './failures.js';

type Source = Iterable<unknown> | AsyncIterable<unknown>;
type Step = IteratorResult<unknown, unknown>;

/** An array or any other iterable. It is opened when it is first read, and closed unless it has ended. */
export class MapSource {
  readonly #source: Source;
  readonly #functionName: string;
  readonly #isAsync: boolean;
  #iterator: object | undefined;
  #isReading = false;
  /** It has ended, has thrown, or was closed. */
  #isOver = false;

  /**
   * Throws for anything but an iterable.
   *
   * @param functionName the function that `map` calls
   */
  constructor(calls: unknown, functionName: string) {
    if (!isIterable(calls)) {
      throw invalidArgument(
        `Invalid calls: ${show(calls)}. Must be an array or another iterable of arrays of arguments, such as ` +
          '[["a"], ["b"]].',
      );
    }
    this.#source = calls;
    this.#functionName = functionName;
    this.#isAsync = hasMethod(calls, Symbol.asyncIterator);
  }

  /**
   * The next item; a promise if the source is asynchronous. Throws or rejects with the source's error, or with a
   * {@link FailedCall} if it breaks the protocol of iterators.
   */
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
      await this.#return();
    } else if (this.#isAsync) {
      Promise.resolve(this.#return()).catch(() => {});
    }
    // A synchronous source that is being read is running, and led to this itself: it is closed afterwards.
  }

  #readNow(): Step {
    this.#isReading = true;
    try {
      const step = this.#take(this.#next());
      if (this.#isOver && !step.done) {
        this.#return();
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
      return this.#take(await this.#next());
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#isReading = false;
    }
  }

  #open(): object {
    if (this.#iterator === undefined) {
      const symbol = this.#isAsync ? Symbol.asyncIterator : Symbol.iterator;
      const iterator: unknown = Reflect.get(this.#source, symbol).call(this.#source);
      if (!isObject(iterator)) {
        throw this.#broken(
          `[${symbol.description}]() returned ${show(iterator)}. Must be an iterator.`,
        );
      }
      this.#iterator = iterator;
    }
    return this.#iterator;
  }

  #next(): unknown {
    const iterator = this.#open();
    const next: unknown = Reflect.get(iterator, 'next');
    if (typeof next !== 'function') {
      throw this.#broken(`next of its iterator is ${show(next)}. Must be a function.`);
    }
    return next.call(iterator);
  }

  /** Closes an iterator that was opened. */
  #return(): unknown {
    const iterator = this.#iterator;
    const method: unknown = iterator && Reflect.get(iterator, 'return');
    if (method === undefined || method === null) {
      return undefined;
    }
    if (typeof method !== 'function') {
      throw this.#broken(
        `return of its iterator is ${show(method)}. Must be a function, or absent.`,
      );
    }
    return method.call(iterator);
  }

  #take(step: unknown): Step {
    if (!isObject(step)) {
      throw this.#broken(
        `next() of its iterator returned ${show(step)}. Must be an object such as { value: ["a"], done: false }.`,
      );
    }
    if (Reflect.get(step, 'done')) {
      this.#isOver = true;
      return { done: true, value: undefined };
    }
    return { done: false, value: Reflect.get(step, 'value') };
  }

  #broken(problem: string): FailedCall {
    return new FailedCall(invalidArgument(`Invalid calls: ${problem}`), this.#functionName);
  }
}

function isIterable(value: unknown): value is Source {
  return (
    typeof value === 'object' &&
    value !== null &&
    (hasMethod(value, Symbol.asyncIterator) || hasMethod(value, Symbol.iterator))
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function hasMethod(value: object, symbol: symbol): boolean {
  return typeof Reflect.get(value, symbol) === 'function';
}
