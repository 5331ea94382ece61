import { Bytes } from './bytes.mjs';

/** A leak on purpose: a function that keeps so many bytes each time, outside of JavaScript's heap. */
export function leakOf(bytes) {
  const kept = new Bytes();
  let length = 0;
  return () => {
    for (const end = length + bytes; length < end; length += 1) {
      kept.set(length, 1);
    }
  };
}
