import { Pages } from './pages.js';

/** The outcomes in an output file, in two bits for each line of the input. */
export class Done {
  #succeeded = new Bits();
  #failed = new Bits();
  /** The highest index; -1 if there is none. */
  highest = -1;

  /** The last outcome of an index counts. */
  add(index: number, failed: boolean): void {
    this.#succeeded.set(index, !failed);
    this.#failed.set(index, failed);
    this.highest = Math.max(this.highest, index);
  }

  succeeded(index: number): boolean {
    return this.#succeeded.has(index);
  }

  failed(index: number): boolean {
    return this.#failed.has(index);
  }

  has(index: number): boolean {
    return this.succeeded(index) || this.failed(index);
  }
}

/** Number of indexes on a page. */
const PAGE = 8192;

/** A set of indexes. */
class Bits {
  #pages = new Pages(PAGE, () => new Uint8Array(PAGE / 8));

  has(index: number): boolean {
    const { byte, bit } = placeOf(index);
    return ((this.#pages.find(index)?.[byte] ?? 0) & bit) !== 0;
  }

  set(index: number, value: boolean): void {
    const { byte, bit } = placeOf(index);
    const page = this.#pages.open(index);
    page[byte] = value ? page[byte] | bit : page[byte] & ~bit;
  }
}

/** The position of an index on its page. */
function placeOf(index: number): { byte: number; bit: number } {
  const place = index % PAGE;
  return { byte: place >> 3, bit: 1 << (place & 7) };
}
