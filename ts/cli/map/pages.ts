/** A sparse array: each page holds the data of `size` consecutive indexes, and exists only if it is used. */
export class Pages<Page> {
  #pages = new Map<number, Page>();
  #size: number;
  #make: () => Page;

  constructor(size: number, make: () => Page) {
    this.#size = size;
    this.#make = make;
  }

  /** The page of an index, if it exists. */
  find(index: number): Page | undefined {
    return this.#pages.get(Math.floor(index / this.#size));
  }

  /** The page of an index, created if necessary. */
  open(index: number): Page {
    let page = this.find(index);
    if (page === undefined) {
      page = this.#make();
      this.#pages.set(Math.floor(index / this.#size), page);
    }
    return page;
  }

  /** All pages, in the order of their indexes. */
  inOrder(): Page[] {
    const pages = [...this.#pages].sort(([one], [other]) => one - other);
    return pages.map(([, page]) => page);
  }
}
