/**
 * Numbers for each index, however high: memory is taken a page at a time, where there is something.
 * `Page` holds those of `size` indexes in a row.
 */
export class Pages<Page> {
  #pages = new Map<number, Page>();
  #size: number;
  #make: () => Page;

  constructor(size: number, make: () => Page) {
    this.#size = size;
    this.#make = make;
  }

  /** The page of an index, if there is one. */
  find(index: number): Page | undefined {
    return this.#pages.get(Math.floor(index / this.#size));
  }

  /** The page of an index, made if need be. */
  open(index: number): Page {
    let page = this.find(index);
    if (page === undefined) {
      page = this.#make();
      this.#pages.set(Math.floor(index / this.#size), page);
    }
    return page;
  }

  /** All pages there are, in the order of their indexes. */
  inOrder(): Page[] {
    const pages = [...this.#pages].sort(([one], [other]) => one - other);
    return pages.map(([, page]) => page);
  }
}
