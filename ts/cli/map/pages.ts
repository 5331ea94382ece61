/** The values of consecutive indexes, by their offset. */
export interface Page<Value> {
  get(offset: number): Value | undefined;
  set(offset: number, value: Value): void;
}

type Entry<Value> = [offset: number, value: Value];

/** Number of values from which on a page takes less memory than their list. */
const MAX_LISTED = 32;

/**
 * A sparse array. Its indexes are divided into pages: a page with many values holds them in its own way, and
 * one with few is a list, so that scattered indexes take little memory.
 */
export class Pages<Value> {
  #pages = new Map<number, Page<Value> | Entry<Value>[]>();
  #size: number;
  #make: () => Page<Value>;

  /**
   * @param size number of indexes on a page
   * @param make returns an empty page
   */
  constructor(size: number, make: () => Page<Value>) {
    this.#size = size;
    this.#make = make;
  }

  get(index: number): Value | undefined {
    const page = this.#pages.get(Math.floor(index / this.#size));
    const offset = index % this.#size;
    return Array.isArray(page) ? page.find(([other]) => other === offset)?.[1] : page?.get(offset);
  }

  set(index: number, value: Value): void {
    const number = Math.floor(index / this.#size);
    const offset = index % this.#size;
    const page = this.#pages.get(number);
    if (page === undefined) {
      this.#pages.set(number, [[offset, value]]);
    } else if (!Array.isArray(page)) {
      page.set(offset, value);
    } else {
      this.#list(number, page, [offset, value]);
    }
  }

  #list(number: number, list: Entry<Value>[], entry: Entry<Value>): void {
    const at = list.findIndex(([offset]) => offset === entry[0]);
    if (at !== -1) {
      list[at] = entry;
    } else if (list.length < MAX_LISTED) {
      list.push(entry);
    } else {
      const page = this.#make();
      for (const [offset, value] of [...list, entry]) {
        page.set(offset, value);
      }
      this.#pages.set(number, page);
    }
  }

  /** All values, in the order of their indexes. */
  *inOrder(): Generator<Value> {
    const numbers = Float64Array.from(this.#pages.keys()).sort();
    for (const number of numbers) {
      const page = this.#pages.get(number) ?? [];
      if (Array.isArray(page)) {
        yield* [...page].sort(([one], [other]) => one - other).map(([, value]) => value);
      } else {
        yield* valuesOf(page, this.#size);
      }
    }
  }
}

function* valuesOf<Value>(page: Page<Value>, size: number): Generator<Value> {
  for (let offset = 0; offset < size; offset++) {
    const value = page.get(offset);
    if (value !== undefined) {
      yield value;
    }
  }
}
