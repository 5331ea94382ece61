import { captureLogger, fixture, rejection, sharedPool, withPool } from '../support';

const pool = sharedPool(fixture('shows_arguments.py'));

/** What Python's `repr` says of a value that was passed. */
const seen = (value: unknown): Promise<string> => pool.execute('show', [value]);

const refused = (...args: unknown[]) => rejection(pool.execute('echo', args));

function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level++) {
    value = [value];
  }
  return value;
}

describe('arguments follow JSON.stringify:', () => {
  class Point {
    static origin = 'left out';
    x = 1;
    #secret = 2;
    get sum(): number {
      return this.x + this.#secret;
    }
  }

  it.each<[string, unknown, string]>([
    ['null', null, 'None'],
    ['a boolean', true, 'True'],
    ['a whole number', 9007199254740991, '9007199254740991'],
    ['a whole number beyond 2**53', 2 ** 53 + 2, '9007199254740994'],
    ['a whole number that JSON writes with an exponent', 1e21, '1e+21'],
    ['a fraction', -0.5, '-0.5'],
    ['a huge number', 1e300, '1e+300'],
    ['a string', "it's", '"it\'s"'],
    ['undefined among arguments', undefined, 'None'],
    ['undefined in an array', [undefined], '[None]'],
    ['undefined in an object', { a: undefined, b: 1 }, "{'b': 1}"],
    ['a function among arguments', () => 1, 'None'],
    ['a function in an object', { f() {}, b: 1 }, "{'b': 1}"],
    ['a class', Point, 'None'],
    ['a symbol among arguments', Symbol('s'), 'None'],
    ['a symbol in an object, as value and key', { a: Symbol('s'), [Symbol('k')]: 1 }, '{}'],
    ['a Map', new Map([['a', 1]]), '{}'],
    ['a Set', new Set([1]), '{}'],
    ['a RegExp', /x/, '{}'],
    ['an Error', new Error('no own enumerable properties'), '{}'],
    ['a Date', new Date(0), "'1970-01-01T00:00:00.000Z'"],
    ['an invalid Date', new Date(Number.NaN), 'None'],
    ['NaN and the infinities', [Number.NaN, 1 / 0, -1 / 0], '[None, None, None]'],
    ['minus zero', -0, '0'],
    ['boxed values', [Object(1), Object('a'), Object(false)], "[1, 'a', False]"],
    ['a hole in an array', new Array(2), '[None, None]'],
    ['an instance', new Point(), "{'x': 1}"],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), "{'a': 1}"],
    ['toJSON', { toJSON: () => ({ from: 'toJSON' }) }, "{'from': 'toJSON'}"],
  ])('%s', async (_, value, expected) => {
    expect(await seen(value)).toBe(expected);
  });

  it('toJSON is given the key it stands under', async () => {
    const named = { toJSON: (key: string) => `under ${key}` };
    expect(await pool.execute('echo', [named, { a: named, b: [named] }])).toEqual([
      'under 0',
      { a: 'under a', b: ['under 0'] },
    ]);
  });

  it('keys that mean something to JavaScript are plain keys', async () => {
    const text = '{"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3}';
    const expected = "{'__proto__': {'polluted': 1}, 'constructor': 2, 'toString': 3}";
    expect(await seen(JSON.parse(text))).toBe(expected);
    const [back] = await pool.execute('echo', [JSON.parse(text)]);
    expect(Object.keys(back)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('text arrives character by character:', () => {
  it.each<[string, string, number[]]>([
    ['the empty string', '', []],
    ['NUL', 'a\0b', [97, 0, 98]],
    ['control characters', '\x01\x1f\x7f\n\r\t', [1, 31, 127, 10, 13, 9]],
    ['line separators of Unicode', '\u2028\u2029', [0x2028, 0x2029]],
    ['quotes and backslashes', '"\\\'', [34, 92, 39]],
    ['characters beyond 16 bits', '😀', [0x1f600]],
    ['lone surrogates', 'a\ud800b\udc00', [97, 0xd800, 98, 0xdc00]],
    ['surrogates in the wrong order', '\udc00\ud800', [0xdc00, 0xd800]],
    ['a byte order mark', '\ufeffa', [0xfeff, 97]],
    ['what is no character', '\uffff\ufffe', [0xffff, 0xfffe]],
  ])('%s', async (_, text, expected) => {
    expect(await pool.execute('code_points', [text])).toEqual(expected);
    expect(await pool.execute('echo', [text, { [text]: text }])).toEqual([text, { [text]: text }]);
  });
});

describe('a BigInt arrives as an int', () => {
  it.each<[string, unknown, string]>([
    ['zero', 0n, '0'],
    ['negative', -5n, '-5'],
    ['beyond 2**53', 2n ** 53n + 1n, '9007199254740993'],
    ['negative and beyond 64 bits', -(2n ** 64n), '-18446744073709551616'],
    ['boxed', Object(7n), '7'],
    ['nested', { a: [{ b: 2n ** 70n }] }, "{'a': [{'b': 1180591620717411303424}]}"],
    ['from toJSON', { toJSON: () => 3n }, '3'],
  ])('%s', async (_, value, expected) => {
    expect(await seen(value)).toBe(expected);
  });

  it('of more than a thousand digits', async () => {
    expect(await pool.execute('is_power', [2n ** 4096n, 2, 4096])).toBe(true);
  });

  it('of more digits than Python reads, once it was told to', async () => {
    const huge = 10n ** 6000n;
    await withPool(fixture('shows_arguments.py'), {}, async (own) => {
      await own.execute('allow_long_ints');
      expect(await own.execute('is_power', [huge, 10, 6000])).toBe(true);
    });
  });

  it('while text that looks like one stays text', async () => {
    const texts = ['1n', 'bigint:1', 'bigint:00000000-0000-4000-8000-000000000000:5'];
    expect(await pool.execute('echo', [1n, ...texts])).toEqual([1, ...texts]);
  });

  it('unless its toJSON says something else', async () => {
    const prototype = BigInt.prototype as { toJSON?: unknown };
    prototype.toJSON = () => 'as text';
    try {
      expect(await pool.execute('echo', [5n])).toEqual(['as text']);
    } finally {
      delete prototype.toJSON;
    }
  });
});

describe('a reference that closes a cycle is left out', () => {
  it('of an object, and is null in an array', async () => {
    const context: Record<string, unknown> = { name: 'test' };
    context.self = context;
    context.list = [context, 2];
    context.deep = { under: { it: context, kept: 3 } };
    expect(await seen(context)).toBe(
      "{'name': 'test', 'list': [None, 2], 'deep': {'under': {'kept': 3}}}",
    );
  });

  it('of the array of arguments itself', async () => {
    const args: unknown[] = [1];
    args.push(args);
    expect(await pool.execute('echo', args)).toEqual([1, null]);
  });

  it('while a value that is only used twice arrives twice', async () => {
    const shared = { a: 1 };
    const loop: unknown[] = [];
    loop.push(loop);
    expect(await pool.execute('echo', [shared, [shared], loop])).toEqual([
      { a: 1 },
      [{ a: 1 }],
      [null],
    ]);
  });

  it('with one warning for the pool, which says where', async () => {
    const { logger, lines } = captureLogger();
    const context: Record<string, unknown> = {};
    context.vars = { parent: context };
    await withPool(fixture('shows_arguments.py'), { logger }, async (own) => {
      await own.execute('echo', ['prompt', context]);
      await own.execute('echo', ['prompt', context]);
    });
    const warnings = lines.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0].message).toContain('args[1].vars.parent');
  });
});

describe('beside a BigInt or a cycle, JSON.stringify is followed all the same:', () => {
  const withBigInt = (value: unknown) => pool.execute('echo', [1n, value]);

  it('for every kind of value', async () => {
    const named = { toJSON: (key: string) => `under ${key}` };
    const bag = {
      a: [undefined, () => 1, Symbol('s'), Number.NaN, 1 / 0, -0, new Date(0), null],
      b: undefined,
      c() {},
      d: new Map([[1, 2]]),
      e: new Set([1]),
      f: [Object(1), Object('a'), Object(true)],
      g: named,
      h: [named, [named]],
      i: new Array(2),
      j: 'a\ud800\0\u2028😀',
      k: { [Symbol('k')]: 1, 1: 'numeric key', z: 'first', y: 'second' },
    };
    expect(await withBigInt(bag)).toEqual([1, JSON.parse(JSON.stringify(bag))]);
  });

  it('for keys that mean something to JavaScript', async () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
    value.big = 1n;
    expect(await seen(value)).toBe("{'__proto__': {'a': 1}, 'constructor': 2, 'big': 1}");
  });

  it('toJSON is called once', async () => {
    const counted = {
      count: 1,
      toJSON(): unknown {
        return { ...this, count: this.count + 1 };
      },
    };
    expect(JSON.parse(JSON.stringify([counted]))).toEqual([{ count: 2 }]);
    expect(await withBigInt(counted)).toEqual([1, { count: 2 }]);
  });
});

describe('what can not cross is refused with its path:', () => {
  const throwing = (error: unknown) => ({
    get key(): never {
      throw error;
    },
  });

  it('a getter that throws', async () => {
    const error = await refused('prompt', { config: throwing(new Error('no key')) });
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[1].config.key' });
    expect(error.message).toMatch(/^args\[1\]\.config\.key: getter threw.*no key/);
  });

  it('a getter that throws something odd', async () => {
    for (const odd of [undefined, null, Symbol('s'), Object.create(null)]) {
      const error = await refused(throwing(odd));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0].key' });
    }
  });

  it('a toJSON that throws', async () => {
    const toJSON = () => {
      throw new TypeError('not today');
    };
    const error = await refused({ items: [1, { toJSON }] });
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0].items[1]' });
    expect(error.message).toMatch(/^args\[0\]\.items\[1\]: toJSON threw.*not today/);
  });

  it('a proxy whose traps throw', async () => {
    const trap = () => {
      throw new Error('trapped');
    };
    for (const handler of [{ get: trap }, { ownKeys: trap }, { getOwnPropertyDescriptor: trap }]) {
      const error = await refused({ x: new Proxy({ a: 1 }, handler) });
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE' });
      expect(error.path).toMatch(/^args\[0\]\.x/);
      expect(error.message).toContain('trapped');
    }
  });

  it('a revoked proxy', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const error = await refused({ x: proxy });
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0].x' });
  });

  it('nesting of 100 000 levels', async () => {
    const error = await refused(nested(100_000));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args' });
    expect(error.message).toMatch(/^args: .*nested too deeply/);
  });

  it('a cycle below 100 000 levels', async () => {
    let inner: unknown[] = [];
    const outer = inner;
    for (let level = 0; level < 100_000; level++) {
      inner = [inner];
    }
    outer.push(inner);
    expect(await refused(inner)).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args' });
  });

  it('nesting that JavaScript can write and Python can not read', async () => {
    // Which of these Python can read depends on its version.
    for (const levels of [500, 1500, 3000, 5000]) {
      const outcome = await pool.execute('depth', [nested(levels)]).catch((error) => error);
      if (outcome instanceof Error) {
        expect(levels).toBeGreaterThan(500);
        expect(outcome).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args' });
      } else {
        expect(outcome).toBe(levels);
      }
    }
  });

  it('a BigInt of more digits than Python reads', async () => {
    const outcome = await pool
      .execute('is_power', [10n ** 6000n, 10, 6000])
      .catch((error) => error);
    // Pythons without that limit take it.
    if (outcome !== true) {
      expect(outcome).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args' });
      expect(outcome.message).toContain('set_int_max_str_digits');
    }
  });
});

describe('the list of arguments', () => {
  it('may be left out, null or empty', async () => {
    expect(await pool.execute('echo')).toEqual([]);
    expect(await pool.execute('echo', undefined)).toEqual([]);
    expect(await pool.execute('echo', null)).toEqual([]);
    expect(await pool.execute('echo', [])).toEqual([]);
  });

  it('may be long', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => index);
    expect(await pool.execute('echo', many)).toEqual(many);
  });

  it('is as it was at the call, whatever happens to it afterwards', async () => {
    const args = [{ a: 1 }];
    const call = pool.execute('echo', args);
    args[0].a = 2;
    args.push({ a: 3 });
    expect(await call).toEqual([{ a: 1 }]);
  });

  it.each<[string, unknown]>([
    ['a string', 'prompt'],
    ['a number', 5],
    ['false', false],
    ['an object', { 0: 'prompt', length: 1 }],
    ['a Set', new Set(['prompt'])],
    ['a function', () => ['prompt']],
    ['a typed array', new Uint8Array(1)],
  ])('must not be %s', async (_, args) => {
    const error = await rejection(pool.execute('echo', args as unknown[]));
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/args.*array/);
  });
});
