// The out-of-band buffers of a call: values that travel beside its JSON.

/** The buffers of one call; most calls have none. */
export class Buffers {
  list: (string | Uint8Array)[] | undefined;
  paths: [path: (string | number)[], format: string | null][] | undefined;

  get isEmpty(): boolean {
    return this.list === undefined;
  }

  /**
   * Returns the value that stands for the buffer in the JSON.
   *
   * @param path from the array of arguments to the buffer
   * @param format as Python's `memoryview` names it; null for `str` and `bytes`
   */
  add(path: (string | number)[], buffer: string | Uint8Array, format: string | null): null {
    this.list ??= [];
    this.paths ??= [];
    this.list.push(buffer);
    this.paths.push([path, format]);
    return null;
  }
}
