/**
 * A round trip of an array of numbers to numpy, one call at a time: milliseconds per call.
 *
 * `form`: `view` sends a typed array, `list` an array of numbers.
 */
import { strictEqual } from 'node:assert/strict';
import { median } from '../harness/statistics.mjs';

const TYPES = {
  Float32Array: {
    dtype: 'float32',
    make: (bytes) => Float32Array.from({ length: bytes / 4 }, (_, index) => index / 8),
  },
  Buffer: {
    dtype: 'uint8',
    make: (bytes) => Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => index % 100)),
  },
};

export async function measure({ session }, { type, form, bytes, budget, least = 2 }) {
  const { call } = await session();
  const { dtype, make } = TYPES[type];
  const view = make(bytes);
  if (form === 'view') await requireViews(call, make, dtype);
  const value = form === 'view' ? view : Array.from(view);
  check(view, await call('double', value, dtype));

  const times = [];
  const end = performance.now() + budget;
  while (times.length < least || performance.now() < end) {
    const began = performance.now();
    await call('double', value, dtype);
    times.push(performance.now() - began);
  }
  return median(times);
}

/** Checks with a few bytes that the pool sends binary data as it is: as JSON it would be large. */
async function requireViews(call, make, dtype) {
  const result = await call('double', make(16), dtype).catch(() => undefined);
  if (!ArrayBuffer.isView(result)) throw new Error('not supported yet');
}

/** Checks that the numbers of the result, whatever its type, are twice those that were sent. */
function check(sent, result) {
  const got = ArrayBuffer.isView(result) ? viewAs(sent, result) : result;
  strictEqual(got.length, sent.length);
  for (let index = 0; index < sent.length; index += 1) {
    if (got[index] !== sent[index] * 2) strictEqual(got[index], sent[index] * 2);
  }
}

/** The memory of a result, viewed as numbers of the type that was sent. */
function viewAs(sent, { buffer, byteOffset, byteLength }) {
  const View = sent instanceof Float32Array ? Float32Array : Uint8Array;
  return new View(buffer, byteOffset, byteLength / View.BYTES_PER_ELEMENT);
}
