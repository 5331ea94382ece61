import { Pages } from './pages.js';

/** What an output file says of each line of the input, in two bits a line. */
export class Done {
  #succeeded = new Bits();
  #failed = new Bits();
  /** The highest index there is; -1 when there is none. */
  highest = -1;

  /** The last word on an index counts. */
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

/** How many indexes share a page. */
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

/** Where an index lies in its page. */
function placeOf(index: number): { byte: number; bit: number } {
  const place = index % PAGE;
  return { byte: place >> 3, bit: 1 << (place & 7) };
}
