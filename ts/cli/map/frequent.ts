import { fieldsOf } from '../errors.js';

/** An error of one or more calls. */
export interface FrequentError {
  code: string;
  /** The first line of one message; the others may have other numbers. */
  message: string;
  count: number;
  /** The index of the first line with it. */
  first: number;
}

/** Number of errors to report. */
const MAX_SHOWN = 5;
/** Number of different errors that are counted. */
const MAX_KNOWN = 1000;
const MAX_MESSAGE = 200;

/** Counts the errors of a run by their code and message. */
export class FrequentErrors {
  #known = new Map<string, FrequentError>();

  add(index: number, error: unknown): void {
    const { code, message: whole } = fieldsOf(error);
    const message = firstLine(whole);
    const key = `${code} ${kindOf(code, message)}`;
    const known = this.#known.get(key);
    if (known) {
      known.count += 1;
      known.first = Math.min(known.first, index);
    } else if (this.#known.size < MAX_KNOWN) {
      this.#known.set(key, { code, message, count: 1, first: index });
    }
  }

  /** Number of errors with this code, among those that are counted. */
  countOf(code: string): number {
    return [...this.#known.values()]
      .filter((error) => error.code === code)
      .reduce((total, { count }) => total + count, 0);
  }

  /** The most frequent errors, the most frequent one first. */
  top(): FrequentError[] {
    return [...this.#known.values()]
      .sort((one, other) => other.count - one.count || one.first - other.first)
      .slice(0, MAX_SHOWN);
  }
}

/** The message without what differs from line to line. */
function kindOf(code: string, message: string): string {
  const [what] = code === 'ERR_INVALID_LINE' ? message.split(': ', 1) : [message];
  return what.replace(/\b[\da-f]*\d[\da-f]*/gi, '0');
}

function firstLine(message: string): string {
  const [line] = message.trimStart().split('\n', 1);
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}...` : line;
}
