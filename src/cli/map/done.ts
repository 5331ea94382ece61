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

/** A set of small numbers. */
class Bits {
  #bytes = new Uint8Array(1024);

  has(index: number): boolean {
    return ((this.#bytes[Math.floor(index / 8)] ?? 0) & (1 << (index % 8))) !== 0;
  }

  set(index: number, value: boolean): void {
    const at = Math.floor(index / 8);
    if (at >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(at + 1, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const bit = 1 << (index % 8);
    this.#bytes[at] = value ? this.#bytes[at] | bit : this.#bytes[at] & ~bit;
  }
}
