import { fixture, rejection, sharedPool, withModule, withPool } from '../support';

const pool = sharedPool(fixture('evaluates_expressions.py'));

const evaluate = (expression: string) => pool.execute('evaluate', [expression]);
const refusalOf = (expression: string) => rejection(evaluate(expression));

describe('results arrive as in JSON:', () => {
  it.each<[string, unknown]>([
    ['None', null],
    ['True', true],
    ['[True, False]', [true, false]],
    ['0', 0],
    ['2**53 - 1', Number.MAX_SAFE_INTEGER],
    ['-(2**53 - 1)', Number.MIN_SAFE_INTEGER],
    ['[1000000000000000, 1234567890123456]', [1e15, 1234567890123456]],
    ['0.1', 0.1],
    ['0.1234567890123456', 0.1234567890123456],
    ['1e300', 1e300],
    ['1e16', 1e16],
    ['12345678901234568.0', 12345678901234568],
    ['5e-324', Number.MIN_VALUE],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['-0.0', -0],
    ['""', ''],
    ['"12345678901234567890"', '12345678901234567890'],
    ['"é 中 😀 \\u05d0 e\\u0301"', 'é 中 😀 \u05d0 e\u0301'],
    ['"a\\0b\\x01\\x1f\\x7f"', 'a\0b\x01\x1f\x7f'],
    ['"\\u2028\\u2029\\ufeff\\uffff"', '\u2028\u2029\ufeff\uffff'],
    ['"\\"\\\\\\n"', '"\\\n'],
    ['"a\\ud800b\\udc00"', 'a\ud800b\udc00'],
    ['{"k\\udfff": "\\\\ud800"}', { 'k\udfff': '\\ud800' }],
    ['[]', []],
    ['{}', {}],
    ['(1, (2, 3))', [1, [2, 3]]],
    ['{"a": [{"b": None}]}', { a: [{ b: null }] }],
    ['{1: {"x": 1}, -2: 3}', { 1: { x: 1 }, [-2]: 3 }],
    ['{1.5: 1, True: 2, None: 3, False: 4}', { 1.5: 1, true: 2, null: 3, false: 4 }],
    ['{1: "a", "01": "b", "1.0": "c"}', { 1: 'a', '01': 'b', '1.0': 'c' }],
    ['[{"1": 1}, {1: 1}]', [{ 1: 1 }, { 1: 1 }]],
    ['{"text": "\\"1\\": \\"1\\":", 2: 3}', { text: '"1": "1":', 2: 3 }],
    ['Text("s")', 's'],
    ['Numbers([1])', [1]],
    ['Options(a=1)', { a: 1 }],
    ['OddFloat(1.5)', 1.5],
    ['OddInt(5)', 5],
    ['collections.OrderedDict(a=1)', { a: 1 }],
    ['collections.Counter("aab")', { a: 2, b: 1 }],
    ['collections.namedtuple("N", "x y")(1, 2)', [1, 2]],
  ])('%s', async (expression, expected) => {
    const value = await evaluate(expression);
    expect(value).toStrictEqual(expected);
  });

  it('the key __proto__ is a plain key', async () => {
    const value = await evaluate('{"__proto__": {"polluted": 1}, "constructor": 2}');
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('a value that is used twice arrives twice', async () => {
    expect(await pool.execute('shared')).toEqual([[1], { again: [1] }]);
  });

  it('500 levels of nesting', async () => {
    let value = await pool.execute('nested_list', [500]);
    for (let level = 1; level < 500; level++) {
      value = value[0];
    }
    expect(value).toEqual([]);
  });

  it('a big table', async () => {
    const rows = await pool.execute('table', [2000, 50]);
    expect(rows).toHaveLength(2000);
    expect(rows[1999].cells[49]).toEqual({ n: 1999 * 49, s: '49' });
  });
});

describe('values that JSON lacks are converted by a rule:', () => {
  it.each<[string, unknown]>([
    ['{1}', [1]],
    ['frozenset(["a"])', ['a']],
    ['set()', []],
    ['datetime.datetime(2020, 1, 2, 3, 4, 5, 6)', '2020-01-02T03:04:05.000006'],
    ['datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)', '2020-01-02T00:00:00+00:00'],
    ['datetime.date(2020, 1, 2)', '2020-01-02'],
    ['datetime.time(1, 2)', '01:02:00'],
    ['datetime.timedelta(days=1, seconds=90, microseconds=5)', 'P1DT1M30.000005S'],
    ['decimal.Decimal("1.10")', '1.10'],
    ['Colour.RED', 'red'],
    ['Colour.PAIR', [1, 2]],
    ['Colour.NESTED', { tags: ['only'] }],
    ['Level.LOW', 3],
    ['Name.SHORT', 'x'],
    ['{Name.SHORT: 1, Level.LOW: 2}', { x: 1, 3: 2 }],
    ['pathlib.PurePosixPath("/a/é")', '/a/é'],
    ['pathlib.PureWindowsPath("C:/a")', 'C:\\a'],
    ['[pathlib.Path("b")]', ['b']],
    ['uuid.UUID(int=1)', '00000000-0000-0000-0000-000000000001'],
    ['Point(1, [2, {3}])', { x: 1, tags: [2, [3]] }],
    [
      '[Line(Point(1, []), Point(2, []))]',
      [{ start: { x: 1, tags: [] }, end: { x: 2, tags: [] } }],
    ],
    ['Settings(a=1, b={2})', { a: 1, b: [2] }],
    ['types.MappingProxyType({"a": 1})', { a: 1 }],
  ])('%s', async (expression, expected) => {
    expect(await evaluate(expression)).toStrictEqual(expected);
  });
});

describe('a value that cannot cross is refused with its path:', () => {
  it.each<[string, string, RegExp]>([
    ['2**53', 'output', /2\*\*53/],
    ['-(2**53)', 'output', /2\*\*53/],
    ['{"a": [0, 2**53 + 1]}', 'output.a[1]', /2\*\*53/],
    ['{"a": "x" * 100000, "b": [{"id": 10**19}]}', 'output.b[0].id', /2\*\*53/],
    ['10**30', 'output', /2\*\*53/],
    ['float("nan")', 'output', /nan/],
    ['{"a": [1, float("inf")]}', 'output.a[1]', /inf/],
    ['[[-float("inf")]]', 'output[0][0]', /-inf/],
    ['{float("nan"): 1}', 'output', /nan/],
    ['{1: "a", "1": "b"}', 'output.1', /same string/],
    ['[{"x": {True: 1, "true": 2}}]', 'output[0].x.true', /same string/],
    ['{None: 1, "null": 2}', 'output.null', /same string/],
    ['{1.5: 1, "1.5": 2}', 'output.1.5', /same string/],
    ['{1e300: 1, "1e+300": 2}', 'output.1e+300', /same string/],
    ['{(1, 2): 3}', 'output', /\(1, 2\).*tuple/],
    ['{"a": {(1, 2): 3}}', 'output.a', /\(1, 2\).*tuple/],
    ['{b"x": 1}', 'output', /b'x'.*bytes/],
    ['{Colour.RED: 1}', 'output', /Colour/],
    ['decimal.Decimal("NaN")', 'output', /Decimal\('NaN'\).*nan: 'null'/],
    ['generator()', 'output', /generator/],
    ['{"g": [generator()]}', 'output.g[0]', /generator/],
    ['async_generator()', 'output', /async_generator/],
    ['generator', 'output', /function/],
    ['len', 'output', /builtin_function_or_method/],
    ['range(3)', 'output', /range/],
    ['{}.keys()', 'output', /dict_keys/],
    ['collections.deque([1])', 'output', /deque/],
    ['1j', 'output', /complex/],
    ['fractions.Fraction(1, 3)', 'output', /Fraction/],
    ['ValueError("x")', 'output', /ValueError.*str\(value\)/],
    ['object()', 'output', /object/],
    ['Client', 'output', /type/],
    ['Client()', 'output', /evaluates_expressions\.Client/],
    [
      '{"items": [0, {"client": Client()}]}',
      'output.items[1].client',
      /^output\.items\[1\]\.client: evaluates_expressions\.Client\b/,
    ],
    ['{"a b": Client()}', "output['a b']", /Client/],
    ['{"": Client()}', "output['']", /Client/],
    ['{1: Client()}', 'output[1]', /Client/],
    ['Point(1, [float("nan")])', 'output.tags[0]', /nan/],
    ['Settings(client=Client())', 'output.client', /Client/],
    ['{Client()}', 'output[0]', /Client/],
    ['[Unprintable()]', 'output[0]', /Unprintable/],
    ['[(Unprintable(),)]', 'output[0][0]', /Unprintable/],
  ])('%s', async (expression, path, reason) => {
    const error = await refusalOf(expression);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path });
    expect(error.message.startsWith(`${path}: `)).toBe(true);
    expect(error.message).toMatch(reason);
  });

  it('an int of more digits than Python writes', async () => {
    const error = await refusalOf('[10**6000]');
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[0]' });
    await withPool(fixture('evaluates_expressions.py'), {}, async (own) => {
      await own.execute('allow_long_ints');
      const same = await rejection(own.execute('evaluate', ['[10**6000]']));
      expect(same).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[0]' });
      expect(same.message.length).toBeLessThan(500);
    });
  });

  it('a coroutine object inside a result', async () => {
    const error = await rejection(pool.execute('unawaited'));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output.answer' });
    expect(error.message).toMatch(/coroutine.*await/);
  });

  it('a list that contains itself', async () => {
    const error = await rejection(pool.execute('cyclic_list'));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[1]' });
    expect(error.message).toMatch(/circular/);
  });

  it('a dict that contains itself', async () => {
    const error = await rejection(pool.execute('cyclic_dict'));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output.a.b[1]' });
    expect(error.message).toMatch(/circular/);
  });

  it('100 000 levels of nesting', async () => {
    for (const build of ['nested_list', 'nested_dict']) {
      const error = await rejection(pool.execute(build, [100_000]));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output' });
      expect(error.message).toMatch(/nested too deeply.*100000/);
    }
  });

  it('nesting that Python can write and JavaScript might not read', async () => {
    for (const levels of [950, 1500, 3000, 5000, 9000]) {
      const outcome = await pool.execute('nested_list', [levels]).catch((error) => error);
      // The limit of Python depends on its version; V8 reads any depth.
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output' });
      }
    }
  });
});

describe('libraries of the user:', () => {
  withModule('numpy')('numpy scalars become numbers', async () => {
    expect(await pool.execute('numpy_values')).toStrictEqual({
      int: 5,
      float: 0.5,
      bool: true,
      text: 'é',
      list: [1],
    });
  });

  withModule('pydantic')('models of pydantic become objects', async () => {
    expect(await pool.execute('pydantic_model')).toStrictEqual({
      output: { answer: { text: 'é', at: '2020-01-02T03:04:05', parts: [1] } },
    });
  });
});
