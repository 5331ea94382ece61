/** What was done with a source. */
export interface Uses {
  /** Number of items that were read. */
  read: number;
  /** Whether it was closed, or read to its end. */
  isClosed: boolean;
}

/** The items, and a record of what is done with them. */
export function watched<T>(items: Iterable<T>): { source: Iterable<T>; uses: Uses } {
  const uses: Uses = { read: 0, isClosed: false };
  function* read() {
    try {
      for (const item of items) {
        uses.read += 1;
        yield item;
      }
    } finally {
      uses.isClosed = true;
    }
  }
  return { source: read(), uses };
}

/** The same from an asynchronous source. */
export function watchedLater<T>(items: Iterable<T>): { source: AsyncIterable<T>; uses: Uses } {
  const { source, uses } = watched(items);
  async function* read() {
    for (const item of source) {
      await Promise.resolve();
      yield item;
    }
  }
  return { source: read(), uses };
}

/** All numbers from 0 on, each as a list of arguments. */
export function* countUp(): Generator<[number]> {
  for (let number = 0; ; number += 1) {
    yield [number];
  }
}

/** The values that an iterator yields, and the error that ends it, if one does. */
export async function drained<T>(
  items: AsyncIterable<T>,
): Promise<{ values: T[]; error?: unknown }> {
  const values: T[] = [];
  try {
    for await (const item of items) {
      values.push(item);
    }
  } catch (error) {
    return { values, error };
  }
  return { values };
}
