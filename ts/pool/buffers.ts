// The out-of-band buffers of a call: values that travel beside its JSON.

import { notSerializable } from './failures.js';
import type { Room } from './room.js';

/** From the array of arguments to a value. */
export type Path = (string | number)[];

type Place = [path: Path, format: string | null, shape?: readonly number[]];

/** The buffers of one call; most calls have none. */
export class Buffers {
  readonly room: Room;
  readonly #roots: readonly string[] | undefined;
  list: (string | Uint8Array)[] | undefined;
  paths: Place[] | undefined;
  #sizes: number[] | undefined;

  /** @param roots what the items of the outermost array are called, if not `args[0]`, `args[1]`, ... */
  constructor(room: Room, roots?: readonly string[]) {
    this.room = room;
    this.#roots = roots;
  }

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
    path: Path,
    buffer: string | Uint8Array,
    format: string | null,
    shape?: readonly number[],
  ): null {
    this.room.addPath(path.length + (shape?.length ?? 0));
    this.list ??= [];
    this.paths ??= [];
    this.#sizes ??= [];
    this.list.push(buffer);
    this.paths.push(shape ? [path, format, shape] : [path, format]);
    this.#sizes.push(buffer.length);
    return null;
  }

  /**
   * Throws if a binary value has lost its memory, or some of it, while the other arguments were read: their
   * getters may transfer or resize it, and Python would get less than the caller sent.
   */
  checkSizes(): void {
    this.list?.forEach((buffer, index) => {
      if (buffer.length !== this.#sizes?.[index]) {
        throw notSerializable(
          this.nameOf(this.paths?.[index]?.[0] ?? []),
          'its memory was transferred or resized while the arguments were read',
        );
      }
    });
  }

  /** JSON text of the paths. */
  pathsText(): string {
    return plainText(this.paths ?? []);
  }

  /** A path as messages have it, such as `args[1].config.key`. */
  nameOf(path: Path): string {
    const keys = this.#roots ? path.slice(1) : path;
    const steps = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`));
    return `${this.rootOf(path)}${steps.join('')}`;
  }

  /** What the list is called in which a path begins. */
  rootOf([first]: Path): string {
    return this.#roots?.[first as number] ?? 'args';
  }
}

type Plain = string | number | null | undefined | readonly Plain[];

/** Like `JSON.stringify`, which a `toJSON` of `Array.prototype` would change. */
function plainText(value: Plain): string {
  return typeof value === 'object' && value !== null
    ? `[${value.map(plainText).join(',')}]`
    : JSON.stringify(value);
}
