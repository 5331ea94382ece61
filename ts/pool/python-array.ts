// The types of arrays of numbers.

/** What an array of numbers is in Python. */
export interface ArrayInfo {
  /** The type of its numbers, as numpy names it. A `float16` is a `Float16Array` where Node.js has one. */
  readonly dtype: `${'int' | 'uint'}${8 | 16 | 32 | 64}` | `float${16 | 32 | 64}`;
  /** Its size in each dimension. The numbers are in row-major order: the last index varies fastest. */
  readonly shape: readonly number[];
}

/** An array of numbers in a result: one of numpy, an `array.array`, or a `memoryview`. */
export type PythonArray = ArrayInfo &
  (
    | Int8Array
    | Uint8Array
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | BigInt64Array
    | BigUint64Array
    | Float32Array
    | Float64Array
  );
