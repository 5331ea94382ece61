/** Arguments that are not what they seem: nothing is lost in silence, and every refusal has a code. */

import vm from 'node:vm';
import { fixture, rejection, sharedPool } from '../support';

const pool = sharedPool(fixture('shows_arguments.py'));
const show = (value: unknown): Promise<string> => pool.execute('show', [value]);
const echo = (args: readonly unknown[]) => pool.execute('echo', args);
const bytes = Buffer.from([1, 2, 3, 4]);

/** Takes the memory of a view away. */
function detach<T extends ArrayBufferView>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

/** An `ArrayBuffer` that can be resized, which the types of older TypeScript lack. */
function resizable(size: number): ArrayBuffer & { resize(size: number): void } {
  return Reflect.construct(ArrayBuffer, [size, { maxByteLength: 2 * size }]);
}

describe('the items of an array are sent, whatever methods it has:', () => {
  class WithoutItems extends Array {
    override *[Symbol.iterator](): ArrayIterator<unknown> {}
    override map<T>(): T[] {
      return [];
    }
    toJSON(): undefined {}
  }
  class OddSpecies extends Array {
    static override get [Symbol.species]() {
      return class {} as unknown as ArrayConstructor;
    }
  }
  const long = 'x'.repeat(5000);

  it.each<[string, (items: unknown[]) => unknown[]]>([
    ['an own map', (items) => Object.assign(items, { map: () => [] })],
    ['an own toJSON', (items) => Object.assign(items, { toJSON: () => undefined })],
    ['an own iterator', (items) => Object.assign(items, { [Symbol.iterator]: () => [].values() })],
    ['those of a subclass', (items) => Object.setPrototypeOf(items, WithoutItems.prototype)],
    ['an odd species', (items) => Object.setPrototypeOf(items, OddSpecies.prototype)],
    ['no prototype', (items) => Object.setPrototypeOf(items, null)],
    ['those of a proxy', (items) => new Proxy(items, {})],
  ])('%s', async (_, change) => {
    expect(await echo(change([long, bytes, { a: 1 }]))).toEqual([long, bytes, { a: 1 }]);
    expect(await echo(change([1, 2n]))).toEqual([1, 2]);
  });

  it('also of an array in an argument, next to something binary', async () => {
    const items = Object.assign([1, bytes], {
      map: () => [],
      [Symbol.iterator]: () => [].values(),
    });
    expect(await echo([{ items }])).toEqual([{ items: [1, bytes] }]);
  });

  it('a toJSON that returns undefined leaves out its value and nothing else', async () => {
    const absent = { toJSON: () => undefined };
    expect(await echo([absent, { a: absent, b: 1 }, 2n])).toEqual([null, { b: 1 }, 2]);
  });

  it('a toJSON of a subclass of Date may return bytes', async () => {
    class Stamp extends Date {
      override toJSON(): never {
        return bytes as unknown as never;
      }
    }
    expect(await echo([new Stamp()])).toEqual([bytes]);
  });
});

describe('the memory of a binary value', () => {
  it.each<[string, unknown]>([
    ['a typed array', detach(new Uint8Array(4))],
    ['a typed array of numbers', detach(new Float64Array(4))],
    ['a DataView', detach(new DataView(new ArrayBuffer(4)))],
    ['an ArrayBuffer', detach(new Uint8Array(4)).buffer],
    ['a Buffer', detach(Buffer.from(new ArrayBuffer(4)))],
  ])('must not be transferred: %s', async (_, value) => {
    const error = await rejection(echo([{ value }]));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0].value' });
  });

  it('must not be transferred by a getter while the arguments are read', async () => {
    const value = new Uint8Array(4);
    let isTransferred = false;
    const later = {
      get key(): number {
        // The first reading is the search for binary values.
        if (!isTransferred) {
          isTransferred = true;
        } else if (value.byteLength > 0) {
          detach(value);
        }
        return 1;
      },
    };
    const error = await rejection(echo([later, { value, later }]));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[1].value' });
  });

  it('may be resizable, but must not shrink', async () => {
    const memory = resizable(4);
    const whole = new Uint8Array(memory);
    whole.set([1, 2, 3, 4]);
    expect(await echo([memory, whole, new DataView(memory, 1)])).toEqual([
      bytes,
      bytes,
      bytes.subarray(1),
    ]);
    const end = new Uint8Array(memory, 2, 2);
    const shrinking = {
      memory,
      get key(): number {
        memory.resize(1);
        return 1;
      },
    };
    expect(await rejection(echo([end, shrinking]))).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE' });
    expect(await rejection(echo([end]))).toMatchObject({ path: 'args[0]' });
  });

  it('may be shared with other threads', async () => {
    const memory = new SharedArrayBuffer(4);
    new Uint8Array(memory).set(bytes);
    expect(await echo([memory, new Uint8Array(memory, 1, 2)])).toEqual([
      bytes,
      bytes.subarray(1, 3),
    ]);
  });

  it('may be that of several values', async () => {
    const views = [bytes.subarray(0, 3), bytes.subarray(1), bytes, bytes];
    expect(await echo(views)).toEqual(views);
  });

  it('is what the class says, not what a subclass does', async () => {
    class Odd extends Uint8Array {
      override get buffer(): never {
        throw new Error('none');
      }
      override get byteLength(): number {
        return 1;
      }
    }
    expect(await echo([new Odd([1, 2, 3, 4])])).toEqual([bytes]);
  });
});

describe('values of another realm', () => {
  const inRealm = (source: string): unknown[] => vm.runInNewContext(`[${source}]`);

  it('are those values', async () => {
    const args = inRealm(
      'new Date(0), [1, [2]], { a: { b: 1 } }, new Map(), new Uint8Array([1, 2])',
    );
    expect(await echo(args)).toEqual([
      '1970-01-01T00:00:00.000Z',
      [1, [2]],
      { a: { b: 1 } },
      {},
      bytes.subarray(0, 2),
    ]);
  });

  it('are unwrapped, also beside a BigInt', async () => {
    const boxed = inRealm('new Number(5), new String("s"), new Boolean(false)');
    expect(await echo(boxed)).toEqual([5, 's', false]);
    expect(await echo([1n, ...boxed, { boxed }])).toEqual([
      1,
      5,
      's',
      false,
      { boxed: [5, 's', false] },
    ]);
    expect(await show(inRealm('Object(3n)')[0])).toBe('3');
  });

  it('may be options and signals', async () => {
    const [options] = inRealm('{ timeout: 10_000, interrupt: false }');
    expect(await pool.execute('echo', [1], options as object)).toEqual([1]);
  });

  it('are refused with the path, too', async () => {
    const [thrower] = inRealm('{ get key() { throw new TypeError("no key"); } }');
    const error = await rejection(echo([thrower]));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0].key' });
  });
});

describe('an argument that cannot be read is refused with a code:', () => {
  const getter = {
    get(): never {
      throw new Error('not readable');
    },
  };

  it.each<[string, () => unknown[], string]>([
    ['an item of the list', () => Object.defineProperty([1, 2], 1, getter), 'args[1]'],
    ['an item of an array', () => [[Object.defineProperty([1, 2], 1, getter)]], 'args[0][0][1]'],
    ['one of a proxy', () => new Proxy([1], getter), 'args[0]'],
    [
      'the value of a boxed number',
      () => [1n, Object.defineProperty(Object(1), 'valueOf', getter)],
      'args[1]',
    ],
  ])('%s', async (_, args, path) => {
    const error = await rejection(Promise.resolve().then(() => echo(args())));
    expect(error.code).toMatch(/^ERR_(NOT_SERIALIZABLE|INVALID_ARGUMENT)$/);
    expect(error.message).toContain('not readable');
    expect(error.path ?? path).toBe(path);
  });

  it('a list that is a revoked proxy', async () => {
    const { proxy, revoke } = Proxy.revocable<unknown[]>([], {});
    revoke();
    expect((await rejection(echo(proxy))).code).toBe('ERR_INVALID_ARGUMENT');
  });
});
