import { type Page, Pages } from './pages.js';

/** Where a record begins and ends, in bytes. */
type Place = [start: number, end: number];

/** The places of the records in a file, 16 bytes each. */
export class Places {
  #pages = new Pages<Place>(PAGE, () => new PlacePage());

  put(index: number, start: number, end: number): void {
    this.#pages.set(index, [start, end]);
  }

  /** The ranges to copy, in the order of the indexes. */
  *stretches(): Generator<Place> {
    let [start, end] = [0, 0];
    for (const [from, to] of this.#pages.inOrder()) {
      if (from !== end) {
        yield [start, end];
        start = from;
      }
      end = to;
    }
    yield [start, end];
  }
}

/** Number of indexes on a page. */
const PAGE = 512;

class PlacePage implements Page<Place> {
  /** Start and end alternately; both 0 if there is no record. */
  #offsets = new Float64Array(PAGE * 2);

  get(offset: number): Place | undefined {
    const [start, end] = [this.#offsets[offset * 2], this.#offsets[offset * 2 + 1]];
    return end > 0 ? [start, end] : undefined;
  }

  set(offset: number, place: Place): void {
    this.#offsets.set(place, offset * 2);
  }
}
