/** Buffers and arrays of numbers, in both directions. */

import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { fixture, rejection, sharedPool, withModule, withPool } from '../support';

const SCRIPT = fixture('echoes_binary.py');
const MIB = 1 << 20;

const pool = sharedPool(SCRIPT);

const echo = (value: unknown) => pool.execute('echo', [value]);
const seen = (value: unknown) => pool.execute('seen', [value]);
const evaluate = (expression: string) => pool.execute('evaluate', [expression]);

const bytes = (...values: number[]) => ({ bytes: Buffer.from(values).toString('hex') });
const view = (format: string, ...items: string[]) => ({ view: format, items });

describe('an argument arrives', () => {
  const memory = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]).buffer;

  it.each<[string, unknown, unknown]>([
    ['Buffer', Buffer.from([1, 0, 255]), bytes(1, 0, 255)],
    ['Uint8Array', new Uint8Array([1, 255]), bytes(1, 255)],
    ['ArrayBuffer', memory, bytes(1, 2, 3, 4, 5, 6, 7, 8)],
    ['DataView', new DataView(memory, 2, 3), bytes(3, 4, 5)],
    ['part of a Buffer', Buffer.from(memory).subarray(1, 3), bytes(2, 3)],
    ['Buffer of nothing', Buffer.alloc(0), bytes()],
    ['ArrayBuffer of nothing', new ArrayBuffer(0), bytes()],
  ])('%s: as bytes', async (_, value, expected) => {
    expect(await seen(value)).toEqual(expected);
  });

  it.each<[string, unknown, unknown]>([
    ['Int8Array', new Int8Array([-1, 2]), view('b', '-1', '2')],
    ['Uint8ClampedArray', new Uint8ClampedArray([300]), view('B', '255')],
    ['Int16Array', new Int16Array([-300]), view('h', '-300')],
    ['Uint16Array', new Uint16Array([65535]), view('H', '65535')],
    ['Int32Array', new Int32Array([-(2 ** 31)]), view('i', '-2147483648')],
    ['Uint32Array', new Uint32Array([2 ** 32 - 1]), view('I', '4294967295')],
    ['BigInt64Array', new BigInt64Array([-(2n ** 63n)]), view('q', '-9223372036854775808')],
    ['BigUint64Array', new BigUint64Array([2n ** 64n - 1n]), view('Q', '18446744073709551615')],
    ['Float32Array', new Float32Array([0.5, Number.NaN, -0]), view('f', '0.5', 'nan', '-0.0')],
    ['Float64Array', new Float64Array([0.1, 1 / 0]), view('d', '0.1', 'inf')],
    ['part of an Int16Array', new Int16Array([1, 2, 3, 4]).subarray(1, 3), view('h', '2', '3')],
    ['Float64Array of nothing', new Float64Array(0), view('d')],
  ])('%s: as a memoryview', async (_, value, expected) => {
    expect(await seen(value)).toEqual(expected);
  });

  it('of another realm, and of a subclass', async () => {
    class Own extends Float32Array {
      toJSON() {
        return 'never asked';
      }
    }
    const foreign = runInNewContext(
      '[new Float32Array([1.5]), new Uint8Array([1]), new ArrayBuffer(1), new DataView(new ArrayBuffer(2)), new SharedArrayBuffer(1)]',
    );
    expect(await seen([new Own([0.5]), ...foreign])).toEqual([
      view('f', '0.5'),
      view('f', '1.5'),
      bytes(1),
      bytes(0),
      bytes(0, 0),
      bytes(0),
    ]);
  });

  it('of shared memory', async () => {
    const shared = new SharedArrayBuffer(8);
    new Int16Array(shared).set([1, 2, 3, 4]);
    expect(await seen([shared, new Int16Array(shared, 2, 2)])).toEqual([
      bytes(1, 0, 2, 0, 3, 0, 4, 0),
      view('h', '2', '3'),
    ]);
  });

  it('wherever it is, beside long strings and all else', async () => {
    const long = '測'.repeat(5000);
    const image = Buffer.from([1]);
    const args = [
      long,
      { images: [image, { '': { __proto__: null, 'k\ud800': new Int8Array([2]) } }], n: 1 },
      image,
      [[new Map([[1, 2]]), [image]], long, 5n, undefined],
      JSON.parse('{"__proto__": null}'),
    ];
    Object.defineProperty(args[4], '__proto__', { value: image, enumerable: true });
    expect(await pool.execute('all_seen', args)).toEqual([
      long,
      { images: [bytes(1), { '': { 'k\ud800': view('b', '2') } }], n: 1 },
      bytes(1),
      [[{}, [bytes(1)]], long, 5, null],
      expect.objectContaining({}),
    ]);
    const [own] = await pool.execute('all_seen', [args[4]]);
    expect(Object.entries(own)).toEqual([['__proto__', bytes(1)]]);
  });

  it('from a getter, a toJSON, an instance and beside a cycle', async () => {
    class Message {
      data = Buffer.from([1]);
      get length() {
        return 1;
      }
    }
    const cyclic: Record<string, unknown> = { data: Buffer.from([3]) };
    cyclic.self = cyclic;
    const values = [
      {
        get data() {
          return Buffer.from([4]);
        },
      },
      new Message(),
      { toJSON: (key: string) => ({ key, data: Buffer.from([2]) }) },
      { toJSON: () => new Int8Array([5]) },
      cyclic,
      new Date(0),
    ];
    expect(await seen(values)).toEqual([
      { data: bytes(4) },
      { data: bytes(1) },
      { key: '2', data: bytes(2) },
      view('b', '5'),
      { data: bytes(3) },
      '1970-01-01T00:00:00.000Z',
    ]);
  });

  it('as it was at the call', async () => {
    const data = Buffer.alloc(200_000, 1);
    const call = echo(data);
    data.fill(2);
    expect((await call).every((byte: number) => byte === 1)).toBe(true);
  });

  it('and is writable in Python, whatever its size', async () => {
    for (const length of [1, 100_000]) {
      const given = new Int32Array(length);
      expect((await pool.execute('written_to', [given]))[0]).toBe(7);
      expect(given[0]).toBe(0);
    }
  });

  it('or is refused if its memory is detached', async () => {
    for (const of of [
      (memory: ArrayBuffer) => memory,
      (memory: ArrayBuffer) => new Float32Array(memory),
      (memory: ArrayBuffer) => new DataView(memory),
    ]) {
      const memory = new ArrayBuffer(8);
      const value = of(memory);
      structuredClone(memory, { transfer: [memory] });
      const error = await rejection(echo({ items: [value] }));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0].items[0]' });
      expect(error.message).toMatch(/its bytes cannot be read: .*detached/);
    }
  });
});

describe('a result arrives', () => {
  it.each<[string, number[]]>([
    ['b"\\x00\\xff"', [0, 255]],
    ['bytearray(b"xy")', [120, 121]],
    ['memoryview(b"abc")[1:]', [98, 99]],
    ['memoryview(b"abc")[::-1]', [99, 98, 97]],
    ['b""', []],
  ])('%s: as a Buffer', async (expression, expected) => {
    const value = await evaluate(expression);
    expect(Buffer.isBuffer(value)).toBe(true);
    expect([...value]).toEqual(expected);
  });

  it.each<[string, ArrayBufferView, string]>([
    ['array.array("b", [-1])', new Int8Array([-1]), 'int8'],
    ['array.array("B", [255])', new Uint8Array([255]), 'uint8'],
    ['array.array("h", [-2, 3])', new Int16Array([-2, 3]), 'int16'],
    ['array.array("H", [2])', new Uint16Array([2]), 'uint16'],
    ['array.array("i", [-2])', new Int32Array([-2]), 'int32'],
    ['array.array("I", [2**32 - 1])', new Uint32Array([2 ** 32 - 1]), 'uint32'],
    ['array.array("q", [-2**63])', new BigInt64Array([-(2n ** 63n)]), 'int64'],
    ['array.array("Q", [2**64 - 1])', new BigUint64Array([2n ** 64n - 1n]), 'uint64'],
    ['array.array("f", [0.5, float("inf")])', new Float32Array([0.5, 1 / 0]), 'float32'],
    ['array.array("d", [0.1])', new Float64Array([0.1]), 'float64'],
    ['array.array("d")', new Float64Array([]), 'float64'],
  ])('%s: as a typed array', async (expression, expected, dtype) => {
    const value = await evaluate(expression);
    expect(value).toStrictEqual(expected);
    expect(value.constructor).toBe(expected.constructor);
    expect([value.dtype, value.shape]).toEqual([dtype, [value.length]]);
  });

  it('with its shape, which is not an enumerable key', async () => {
    const value = await evaluate('memoryview(bytes(range(6))).cast("B", [2, 3])');
    expect(value).toStrictEqual(new Uint8Array([0, 1, 2, 3, 4, 5]));
    expect(value.shape).toEqual([2, 3]);
    expect(value.dtype).toBe('uint8');
    expect(Object.keys(value)).toHaveLength(6);
    expect(Object.isFrozen(value.shape)).toBe(true);
  });

  it('wherever it is, beside long strings and all else', async () => {
    const value = await evaluate(
      '{"text": "é" * 5000, "a": [b"x", {"": (bytearray(b"y"), array.array("h", [1]))}, None],' +
        ' 1: b"z", "__proto__": b"p", "same": [[b"1"]] * 2}',
    );
    expect(Object.keys(value)).toEqual(['1', 'text', 'a', '__proto__', 'same']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    const { __proto__: own, ...rest } = Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key.replace('__proto__', 'own'), item]),
    ) as Record<string, unknown>;
    expect(own).toBeDefined();
    expect(rest).toEqual({
      1: Buffer.from('z'),
      text: 'é'.repeat(5000),
      a: [Buffer.from('x'), { '': [Buffer.from('y'), new Int16Array([1])] }, null],
      own: Buffer.from('p'),
      same: [[Buffer.from('1')], [Buffer.from('1')]],
    });
  });

  it('in great number', async () => {
    const value = await pool.execute('embeddings', [3000, 3]);
    expect(value).toHaveLength(3000);
    expect(value[2999]).toEqual({ id: 2999, vector: new Float32Array(3).fill(2999) });
  });

  it('in its own memory', async () => {
    const [a, b] = await evaluate('[b"a", b"b"]');
    expect(a.buffer.byteLength).toBe(1);
    expect(a.buffer).not.toBe(b.buffer);
  });

  it('or is refused with its path', async () => {
    for (const [expression, path] of [
      [
        '{"a": [b"x", memoryview(array.array("d", [float("nan")])).cast("B").cast("d", [])]}',
        'output.a[1]',
      ],
      ['[b"x", {"n": float("nan")}]', 'output[1].n'],
      ['[b"x", 2**60]', 'output[1]'],
      ['{b"x": 1}', 'output'],
      ['[b"x"] * 100000', 'output'],
    ]) {
      const error = await rejection(evaluate(expression));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path });
    }
    const error = await rejection(pool.execute('cyclic'));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[1]' });
  });
});

describe('there and back', () => {
  it('every bit is kept, even those of a NaN', async () => {
    const bits = new BigUint64Array([0x7ff0_0000_0000_0001n, 0xfff8_dead_beef_0001n, 1n << 63n]);
    const back = await echo(new Float64Array(bits.buffer));
    expect(back).toBeInstanceOf(Float64Array);
    expect(new BigUint64Array(back.buffer)).toEqual(bits);
  });

  it.each([1, 1000, 65_519, 65_520, 65_536, 16 * MIB])('%d bytes', async (size) => {
    const data = Buffer.alloc(size);
    for (let index = 0; index < size; index += 4099) {
      data[index] = index % 251;
    }
    expect((await echo(data)).equals(data)).toBe(true);
    const numbers = new Float32Array(
      data.buffer,
      data.byteOffset - (data.byteOffset % 4),
      size >> 2,
    );
    const back = await echo([numbers, data]);
    expect(
      Buffer.from(back[0].buffer).equals(
        Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength),
      ),
    ).toBe(true);
    expect(back[1].equals(data)).toBe(true);
    const digest = createHash('sha256').update(data).digest('hex');
    expect(await pool.execute('hashed', [data, data])).toEqual([digest, digest]);
  });

  it('bytes count for maxPayload', async () => {
    await withPool(SCRIPT, { maxPayload: 10_000 }, async (own) => {
      const sent = await rejection(own.execute('echo', [Buffer.alloc(10_000)]));
      expect(sent).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 10_000 });
      expect(sent.size).toBeGreaterThan(10_000);
      const returned = await rejection(own.execute('zeros', [10_000]));
      expect(returned).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 10_000 });
      expect(returned.size).toBeGreaterThan(10_000);
      expect(await own.execute('echo', [Buffer.alloc(9000)])).toHaveLength(9000);
    });
  });
});

describe('with numpy', () => {
  withModule('numpy')('an argument is an array of its numbers', async () => {
    for (const values of [
      new Float32Array([1, 2.5]),
      new Float64Array([1]),
      new Int32Array([-1]),
      new BigInt64Array([1n]),
    ]) {
      const { dtype, aligned, twice } = await pool.execute('through_numpy', [values]);
      expect([dtype, aligned]).toEqual([twice.dtype, true]);
      expect(twice.constructor).toBe(values.constructor);
      expect(String(twice)).toBe(
        String(Array.from<number | bigint>(values).map((n) => (n as number) + (n as number))),
      );
    }
  });

  withModule('numpy')('16 MB go there and back', async () => {
    const values = new Float32Array(4 * MIB).fill(1.5);
    const { twice } = await pool.execute('through_numpy', [values]);
    expect(twice.every((value: number) => value === 3)).toBe(true);
    expect(twice.shape).toEqual([4 * MIB]);
  });

  withModule('numpy')('arrays in any order arrive row by row', async () => {
    for (const order of ['C', 'F']) {
      const value = await pool.execute('of_numpy', [
        `numpy.array([[1, 2, 3], [4, 5, 6]], dtype="int16", order="${order}")`,
      ]);
      expect(value).toStrictEqual(new Int16Array([1, 2, 3, 4, 5, 6]));
      expect(value.shape).toEqual([2, 3]);
    }
  });

  withModule('numpy')(
    'values that no typed array holds arrive as an array, if JSON has them',
    async () => {
      const values = await pool.execute('of_numpy', [
        '[numpy.array([True]), numpy.array(["a"]), numpy.array([1], ">i4"), numpy.array(5), numpy.float16([0.5])[0]]',
      ]);
      expect(values).toStrictEqual([[true], ['a'], [1], 5, 0.5]);
      const halves = await pool.execute('of_numpy', ['numpy.array([[0.5, -2]], "float16")']);
      expect([...halves]).toEqual([0.5, -2]);
      expect([halves.dtype, halves.shape]).toEqual(['float16', [1, 2]]);
      const error = await rejection(pool.execute('of_numpy', ['{"a": numpy.array([1j])}']));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output.a[0]' });
    },
  );
});
