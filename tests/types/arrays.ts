// Arrays of numbers, as arguments and in results.

import {
  type ArrayInfo,
  ndarray,
  type PythonArray,
  PythonWorkerPool,
  type ResultOptions,
} from 'python-worker-pool';
import { same } from './same.js';

const image = ndarray(new Float32Array(6), [2, 3]);
same<readonly number[]>()(image.shape);
same<Float32Array['length']>()(image.length);
const asArray: PythonArray = image;
const asFloats: Float32Array = image;
const info: ArrayInfo = ndarray(new Uint8ClampedArray(4), [2, 2]);
ndarray(new BigInt64Array(4), [4] as const);
ndarray(Buffer.alloc(4), [4]);
// @ts-expect-error a list is not a typed array
ndarray([1, 2], [2]);
// @ts-expect-error a DataView has no numbers
ndarray(new DataView(new ArrayBuffer(3)), [3]);
// @ts-expect-error an ArrayBuffer has no numbers
ndarray(new ArrayBuffer(3), [3]);
// @ts-expect-error no shape
ndarray(new Float32Array(6));
// @ts-expect-error a shape is a list
ndarray(new Float32Array(6), 6);

declare const pool: PythonWorkerPool<{
  embed(texts: string[]): PythonArray;
  sum(x: Float32Array): number;
}>;

export async function use(): Promise<void> {
  const vectors = await pool.execute('embed', [['a']], { arrays: 'typed' });
  same<PythonArray>()(vectors);
  if (vectors.dtype === 'float32') void vectors.shape;
  if (vectors instanceof Float32Array) same<number>()(vectors.length + vectors.shape.length);
  pool.execute('sum', [ndarray(new Float32Array(6), [2, 3])]);
  // @ts-expect-error a shape is fixed
  vectors.shape = [1];
  // @ts-expect-error no such dtype
  if (vectors.dtype === 'float8') void 0;
  // @ts-expect-error no such form
  pool.execute('sum', [image], { arrays: 'lists' });
  // @ts-expect-error no such word
  pool.execute('sum', [image], { nan: 'NaN' });
}
const both: ResultOptions = { arrays: 'list', nan: 'null' };
const own = new PythonWorkerPool('model.py', { ...both, workers: 2 });
own.execute('f', [], both);
void [asArray, asFloats, info];
