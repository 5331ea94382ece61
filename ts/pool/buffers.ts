// The out-of-band buffers of a call: values that travel beside its JSON.

type Place = [path: (string | number)[], format: string | null, shape?: readonly number[]];

/** The buffers of one call; most calls have none. */
export class Buffers {
  list: (string | Uint8Array)[] | undefined;
  paths: Place[] | undefined;

  get isEmpty(): boolean {
    return this.list === undefined;
  }

  /**
   * Returns the value that stands for the buffer in the JSON.
   *
   * @param path from the array of arguments to the buffer
   * @param format as Python's `memoryview` names it; null for `str` and `bytes`
   * @param shape of an array that does not have one dimension
   */
  add(
    path: (string | number)[],
    buffer: string | Uint8Array,
    format: string | null,
    shape?: readonly number[],
  ): null {
    this.list ??= [];
    this.paths ??= [];
    this.list.push(buffer);
    this.paths.push(shape ? [path, format, shape] : [path, format]);
    return null;
  }
}
