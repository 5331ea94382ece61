'use strict';

// Arrays of numbers and their bytes, as JavaScript and Python name them.

const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util/types');

/** For each kind of array its class, the format of Python's `memoryview`, and the dtype of numpy. */
const KINDS = [
  ['Int8Array', 'b', 'int8'],
  ['Uint8ClampedArray', 'B', 'uint8'],
  ['Int16Array', 'h', 'int16'],
  ['Uint16Array', 'H', 'uint16'],
  ['Int32Array', 'i', 'int32'],
  ['Uint32Array', 'I', 'uint32'],
  ['BigInt64Array', 'q', 'int64'],
  ['BigUint64Array', 'Q', 'uint64'],
  ['Float16Array', 'e', 'float16'],
  ['Float32Array', 'f', 'float32'],
  ['Float64Array', 'd', 'float64'],
];

const FORMATS = new Map(KINDS.map(([name, format]) => [name, format]));
const CLASSES = new Map(KINDS.map(([name, , dtype]) => [dtype, globalThis[name]]));
CLASSES.set('uint8', Uint8Array);

/** Tells the class of a typed array of any realm; `undefined` for anything else. */
const className = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
).get;

/** Whether a value is bytes, or an array of numbers that is one piece of memory. Of any realm. */
function isBinary(value) {
  return ArrayBuffer.isView(value) || isAnyArrayBuffer(value);
}

/**
 * The bytes of a binary value, and the format of what it is in Python: none for `bytes`. Throws when
 * it has lost its memory to another thread.
 */
function toBytes(value) {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  const format = FORMATS.get(className.call(value)) ?? null;
  // What other threads may write to meanwhile is nothing that the native side could read.
  return { bytes: isSharedArrayBuffer(bytes.buffer) ? bytes.slice() : bytes, format };
}

/**
 * The array of a result. Throws when these can not be its bytes.
 * @param {ArrayBuffer} buffer
 * @param {string} dtype as numpy names it
 * @param {number[]} shape
 */
function toArray(buffer, dtype, shape) {
  const array = dtype === 'float16' ? halves(buffer) : new (classOf(dtype))(buffer);
  const length = shape.reduce((product, size) => product * size, 1);
  if (length !== array.length || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new Error(`an array of ${array.length} numbers has not the shape ${shape}`);
  }
  return Object.defineProperties(array, {
    dtype: { value: dtype },
    shape: { value: Object.freeze(shape) },
  });
}

function classOf(dtype) {
  const found = CLASSES.get(dtype);
  if (!found) {
    throw new Error(`there is no array of ${dtype}`);
  }
  return found;
}

/** Numbers of 16 bits, where need be in an array of wider ones. */
function halves(buffer) {
  const Halves = CLASSES.get('float16');
  return Halves ? new Halves(buffer) : Float32Array.from(new Uint16Array(buffer), widened);
}

function widened(half) {
  const sign = half >> 15 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) {
    return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  }
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (fraction + 0x400) * 2 ** (exponent - 25);
}

module.exports = { isBinary, toArray, toBytes };
