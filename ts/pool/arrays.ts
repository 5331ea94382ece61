// Arrays of numbers and their bytes, as JavaScript and Python name them.

import { isAnyArrayBuffer, isDataView, isSharedArrayBuffer } from 'node:util/types';
import type { PythonArray } from './python-array.js';
import { fits, shapeOf, withShape } from './shaped-array.js';

/** For each class of array its format in Python's `memoryview`, and its dtype in numpy. */
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
] as const;

type NumberArray = ArrayBufferView & ArrayLike<number | bigint>;
type NumberArrayClass = new (buffer: ArrayBuffer) => NumberArray;

const FORMATS = new Map<string | undefined, string>(KINDS.map(([name, format]) => [name, format]));
const DTYPES = new Map<string | undefined, string>(KINDS.map(([name, , dtype]) => [name, dtype]));

/** The classes by dtype; Node.js may lack `Float16Array`. */
const CLASSES = new Map<string, NumberArrayClass | undefined>(
  KINDS.map(([name, , dtype]) => [dtype, Reflect.get(globalThis, name)]),
);
// In arguments, a Uint8Array without a shape is `bytes`, so it has no row.
DTYPES.set('Uint8Array', 'uint8');
CLASSES.set('uint8', Uint8Array);

type Getter<T> = (this: unknown) => T;

/** A getter that works in any realm and for any subclass. */
function getter<T>(prototype: object, name: PropertyKey): Getter<T> {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as Getter<T>;
}

const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype);
/** The name of a typed array's class; undefined for anything else. */
const className = getter<string | undefined>(TYPED_ARRAY, Symbol.toStringTag);

/** What memory a view is of. */
const viewGetters = (prototype: object) => ({
  buffer: getter<ArrayBufferLike>(prototype, 'buffer'),
  byteOffset: getter<number>(prototype, 'byteOffset'),
  byteLength: getter<number>(prototype, 'byteLength'),
});
const OF_TYPED_ARRAY = viewGetters(TYPED_ARRAY);
const OF_DATA_VIEW = viewGetters(DataView.prototype);

/** Bytes, or an array of numbers in one piece of memory, of any realm. */
export type Binary = ArrayBufferView | ArrayBufferLike;

export function isBinary(value: unknown): value is Binary {
  return ArrayBuffer.isView(value) || isAnyArrayBuffer(value);
}

/** The dtype of a typed array; undefined for anything else. */
export function dtypeOf(value: unknown): string | undefined {
  return DTYPES.get(className.call(value));
}

/** Bytes for Python. */
export interface ArgumentBytes {
  bytes: Uint8Array;
  /** As Python's `memoryview` names it; null for `bytes`. */
  format: string | null;
  /** Undefined for one dimension. */
  shape: readonly number[] | undefined;
}

/** The bytes of a binary value. Throws if its memory was transferred to another thread. */
export function toBytes(value: Binary): ArgumentBytes {
  const bytes = ArrayBuffer.isView(value) ? bytesOfView(value) : new Uint8Array(value);
  const shape = shapeOf(value);
  if (shape && !fits(shape, (value as NumberArray).length)) {
    throw new Error(`its length is not that of its shape, [${shape.join(', ')}]`);
  }
  const format = FORMATS.get(className.call(value)) ?? (shape ? 'B' : null);
  return { bytes, format, shape: shape?.length === 1 ? undefined : shape };
}

/** The same bytes, in memory that no other thread may write to while the native side reads it. */
export function unshared(bytes: Uint8Array): Uint8Array {
  return isSharedArrayBuffer(bytes.buffer) ? bytes.slice() : bytes;
}

function bytesOfView(view: ArrayBufferView): Uint8Array {
  const { buffer, byteOffset, byteLength } = isDataView(view) ? OF_DATA_VIEW : OF_TYPED_ARRAY;
  const length = byteLength.call(view);
  if (length === 0 && !isDataView(view)) {
    // Throws if its memory was transferred, or resized to end before it.
    Uint8Array.prototype.keys.call(view as Uint8Array);
  }
  return new Uint8Array(buffer.call(view), byteOffset.call(view), length);
}

/** The array of a result. Throws if these cannot be its bytes. */
export function toArray(buffer: ArrayBuffer, dtype: string, shape: number[]): PythonArray {
  const array = dtype === 'float16' ? halfFloats(buffer) : new (classOf(dtype))(buffer);
  if (!fits(shape, array.length)) {
    throw new Error(`cannot shape an array of ${array.length} numbers as [${shape.join(', ')}]`);
  }
  return withShape(array, dtype, shape) as PythonArray;
}

function classOf(dtype: string): NumberArrayClass {
  const found = CLASSES.get(dtype);
  if (!found) {
    throw new Error(`unknown dtype ${dtype}`);
  }
  return found;
}

/** Half floats; as a Float32Array where Float16Array is missing. */
function halfFloats(buffer: ArrayBuffer): NumberArray {
  const Float16 = CLASSES.get('float16');
  return Float16 ? new Float16(buffer) : Float32Array.from(new Uint16Array(buffer), widen);
}

function widen(half: number): number {
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
