import { type Page, Pages } from './pages.js';

/** The outcomes in an output file, in two bits for each line of the input. */
export class Done {
  #outcomes = new Pages(PAGE, () => new Outcomes());
  /** The highest index; -1 if there is none. */
  highest = -1;

  /** The last outcome of an index counts. */
  add(index: number, failed: boolean): void {
    this.#outcomes.set(index, failed ? 'failure' : 'result');
    this.highest = Math.max(this.highest, index);
  }

  /** The outcome of an index, if there is one. */
  get(index: number): Outcome | undefined {
    return this.#outcomes.get(index);
  }
}

export type Outcome = 'result' | 'failure';

/** Number of indexes on a page. */
const PAGE = 8192;

const CODES = [undefined, 'result', 'failure'] as const;

class Outcomes implements Page<Outcome> {
  #bytes = new Uint8Array(PAGE / 4);

  get(offset: number): Outcome | undefined {
    return CODES[(this.#bytes[offset >> 2] >> shiftOf(offset)) & 3];
  }

  set(offset: number, outcome: Outcome): void {
    const shift = shiftOf(offset);
    const others = this.#bytes[offset >> 2] & ~(3 << shift);
    this.#bytes[offset >> 2] = others | (CODES.indexOf(outcome) << shift);
  }
}

/** The position of an index in its byte. */
function shiftOf(offset: number): number {
  return (offset & 3) * 2;
}
