/** An array of bytes that grows in place, without a copy. */
const MAX_BYTES = 2 ** 30;
const GROWTH = 2 ** 16;

export class Bytes {
  #buffer = new ArrayBuffer(0, { maxByteLength: MAX_BYTES });
  #bytes = new Uint8Array(this.#buffer);

  get(index) {
    return this.#bytes[index];
  }

  set(index, byte) {
    if (index >= this.#buffer.byteLength) {
      this.#buffer.resize(Math.ceil((index + 1) / GROWTH) * GROWTH);
    }
    this.#bytes[index] = byte;
  }
}
