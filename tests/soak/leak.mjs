import { Bytes } from './bytes.mjs';

/** A deliberate leak: a function that keeps `bytes` bytes on each call, outside JavaScript's heap. */
export function leakOf(bytes) {
  const kept = new Bytes();
  let length = 0;
  return () => {
    for (const end = length + bytes; length < end; length += 1) {
      kept.set(length, 1);
    }
  };
}
