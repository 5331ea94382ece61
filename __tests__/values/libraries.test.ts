/** Values of numpy, pandas, pydantic, attrs and msgspec, which are installed for the tests. */

import { ndarray, PythonWorkerPool } from '../..';
import { fixture, rejection, workersWith } from '../support';

const BYTES = Buffer.from([0xff]);
const AT = '2020-01-02T03:04:05';
const UUID = '00000000-0000-0000-0000-000000000001';

/** A pool for the tests of a suite. */
function poolOf(script: string, { options }: ReturnType<typeof workersWith>) {
  let pool: PythonWorkerPool;
  beforeAll(async () => {
    pool = new PythonWorkerPool(fixture(script), 'evaluate', { logger: {}, ...options });
    await pool.initialize();
  });
  afterAll(() => pool.shutdown());
  return (...call: Parameters<PythonWorkerPool['execute']>) => pool.execute(...call);
}

const current = workersWith('values');
const old = workersWith('pydantic 1');

current.describe('with libraries,', () => {
  const execute = poolOf('returns_library_values.py', current);
  const evaluate = (expression: string, options = {}) => execute(null, [expression], options);

  describe('models follow our rules:', () => {
    it.each<[string, unknown]>([
      ['Page(image=b"\\xff")', { image: BYTES, at: AT }],
      ['[(Page(image=b"\\xff"),)]', [[{ image: BYTES, at: AT }]]],
      ['Root([b"\\xff"])', [BYTES]],
      ['{"a": [Root([])]}', { a: [[]] }],
      [
        'Keys()',
        { by_colour: { red: 1 }, by_id: { [UUID]: 2 }, by_day: { '2020-01-02': [{ red: 3 }] } },
      ],
      ['OwnSerializers()', { short: 1, data: 'ff', double: 2 }],
      ['Whole()', { whole: [BYTES] }],
      ['Overridden()', { first: 1 }],
      ['ForJson()', { number: 'number 1', at: '2020-01-02' }],
      ['Outer()', { inner: [{ number: 'number 1', at: '2020-01-02' }] }],
      ['Record()', { data: BYTES, hidden: '***' }],
      ['Attrs(number=np.int64(3))', { data: BYTES, number: 3 }],
      ['Renamed()', { type: 'kind-a', firstName: 'n', data: BYTES }],
      ['Listed(1, [b"\\xff"])', [1, [BYTES]]],
      ['Slots(b"\\xff")', { data: BYTES }],
      ['Pair(b"\\xff", Colour.RED)', [BYTES, 'red']],
      ['[Attrs(Page(image=b"\\xff"))]', [{ data: { image: BYTES, at: AT }, number: 3 }]],
    ])('%s', async (expression, expected) => {
      expect(await evaluate(expression)).toStrictEqual(expected);
    });

    current.since('3.9', 'serialize_by_alias')('Aliased()', async () => {
      expect(await evaluate('[Aliased()]')).toStrictEqual([{ aShortName: 1 }]);
    });

    const MIXED = {
      data: BYTES,
      default: new Float32Array([0, 1]),
      metadata: 'number 1',
      type: 'type 2',
      at: '2020/01/02',
    };

    it.each<[string, unknown]>([
      ['Mixed()', MIXED],
      ['Mixed(type=None)', { ...MIXED, type: null }],
      ['[Holder([Mixed()])]', [{ held: [MIXED] }]],
      ['Open(anything=Mixed())', { anything: MIXED }],
      ['Open(anything=({"a": [Mixed()]},))', { anything: [{ a: [MIXED] }] }],
      ['Open(anything=Holder(Mixed()))', { anything: { held: MIXED } }],
      ['Open(anything=Open(anything=Mixed()).anything)', { anything: MIXED }],
      ['Open(anything=Attrs(Mixed()))', { anything: { data: MIXED, number: 3 } }],
      ['Open(by_name={"a": Mixed()})', { by_name: { a: MIXED } }],
      ['Open(several=[Mixed(), b"\\xff"])', { several: [MIXED, BYTES] }],
      ['Open(base=Derived())', { base: { first: 1 } }],
      ['Open(derived=Derived(second=Mixed()))', { derived: { first: 1, second: MIXED } }],
      ['Open(other=[Mixed()])', { other: [MIXED] }],
    ])(
      'with serializers for JSON only, wherever the model is: %s',
      async (expression, expected) => {
        const open = { anything: null, by_name: {}, several: [], base: { first: 1 } };
        const rest = expression.startsWith('Open') ? { ...open, derived: { first: 1 } } : {};
        const found = await evaluate(expression);
        expect(found).toStrictEqual(
          Array.isArray(found) ? expected : { ...rest, ...Object(expected) },
        );
      },
    );

    it.each<[string, unknown]>([
      ['OpenRecord(Mixed(), [Mixed()])', { mixed: MIXED, anything: [MIXED] }],
      ['Maker()', { number: [MIXED] }],
      ['WholeForJson()', { data: BYTES, at: '2020-01-02', mixed: MIXED, year: '2020' }],
      ['Priced()', { price: '1.10 EUR', data: BYTES }],
      ['OwnDump()', { number: 'number 1' }],
    ])('with other serializers of the user: %s', async (expression, expected) => {
      expect(await evaluate(expression)).toStrictEqual(expected);
    });

    it("and pydantic's own dump of a model stays as it was", async () => {
      await evaluate('Mixed()');
      expect(
        await evaluate('[type(v) is int for v in (in_mixed()["type"], in_mixed()["metadata"])]'),
      ).toEqual([true, true]);
    });

    it.each(['Stream(numbers=(n for n in [1]))', '{"a": Stream(numbers=[1], anything=iter([1]))}'])(
      'an iterator in a model is refused with advice: %s',
      async (expression) => {
        const error = await rejection(evaluate(expression));
        expect(error.path).toMatch(/^output(\.a)?\.numbers$/);
        expect(error.message).toMatch(/declare the field as List\[\.\.\.\]/);
      },
    );

    it('at any depth, with arrays', async () => {
      const page = { image: BYTES, at: AT };
      const found = await evaluate(
        'Book(cover=(p := Page(image=b"\\xff")), pages=[p], by_name={"a": [p]}, anything=[{"b": (p, np.float32(1))}])',
      );
      const { vector, ...rest } = found;
      expect(rest).toStrictEqual({
        cover: page,
        pages: [page],
        by_name: { a: [page] },
        anything: [{ b: [page, 1] }],
      });
      expect(vector).toStrictEqual(new Float32Array([0, 1, 2, 3]));
      expect(vector.shape).toEqual([2, 2]);
    });

    it('with fields of every common type', async () => {
      expect(await evaluate('Scalars()')).toStrictEqual({
        colour: 'red',
        tags: ['x'],
        queue: [1],
        price: '1.10',
        wait: 'PT1M30S',
        day: '2020-01-02',
        id: UUID,
        address: '1.2.3.4',
        pattern: 'a+',
        password: '**********',
        link: 'https://example.com/a',
      });
    });

    it('and what is refused is refused with its path', async () => {
      for (const [expression, path] of [
        ['[Number()]', 'output[0].value'],
        ['{"a": loop()}', expect.stringMatching(/^output\.a\b/)],
        ['Open(anything=[{"a": loop()}])', 'output'],
        ['Book(cover=Page(image=b""), anything={"x": [object()]})', 'output.anything.x[0]'],
      ]) {
        const error = await rejection(evaluate(expression));
        expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path });
      }
      expect(await evaluate('[Number()]', { nan: 'null' })).toEqual([{ value: null }]);
    });
  });

  describe('times are ISO 8601 text:', () => {
    it.each<[string, unknown]>([
      ['np.datetime64("2020-01-02T03:04:05.000000006")', '2020-01-02T03:04:05.000000006'],
      ['np.datetime64("2020-01-02T03:04:05.5", "ms")', '2020-01-02T03:04:05.500000'],
      ['np.datetime64("2020-01-02T03:04:05", "s")', AT],
      ['np.datetime64("2020-01-02T03", "h")', '2020-01-02T03:00:00'],
      ['np.datetime64("2020-01-02")', '2020-01-02'],
      ['np.datetime64("2020-01")', '2020-01-01'],
      ['np.datetime64("2020")', '2020-01-01'],
      ['np.datetime64("20000-01-02")', '20000-01-02'],
      ['np.timedelta64(86_400, "s").astype("m8[ns]")', 'P1D'],
      ['np.timedelta64(90_061_000_000_001, "ns")', 'P1DT1H1M1.000000001S'],
      ['np.timedelta64(5, "ps")', 'PT0.000000000005S'],
      ['np.timedelta64(5, "as")', 'PT0.000000000000000005S'],
      ['np.timedelta64(-1500, "ms")', '-PT1.5S'],
      ['np.timedelta64(3, "25s")', 'PT1M15S'],
      ['np.timedelta64(3, "W")', 'P21D'],
      ['np.timedelta64(-3, "M")', '-P3M'],
      ['np.timedelta64(3, "Y")', 'P3Y'],
      ['np.timedelta64(0, "ns")', 'PT0S'],
      ['pd.Timestamp("2020-01-02 03:04:05")', AT],
      [
        'pd.Timestamp("2020-01-02 03:04:05.000000006", tz="UTC")',
        '2020-01-02T03:04:05.000000006+00:00',
      ],
      ['-pd.Timedelta("1 days 00:00:00.000000005")', '-P1DT0.000000005S'],
      ['pd.Period("2020-01")', '2020-01'],
      ['np.array(["2020-01-02"], "M8[ns]")', ['2020-01-02T00:00:00.000000000']],
      ['np.array([[1, 2]], "m8[us]")', [['PT0.000001S', 'PT0.000002S']]],
      ['np.array(5, "m8[s]")', 'PT5S'],
      ['np.array([], "M8[ns]")', []],
      ['np.ma.masked_array(np.array([1, 2], "m8[ns]"), [0, 1])', ['PT0.000000001S', null]],
      ['np.array([(1, 2)], [("a", "i4"), ("t", "m8[ns]")])', [[1, 'PT0.000000002S']]],
      ['np.array([(1, 2)], [("a", "i4"), ("t", "m8[ns]")])[0]', [1, 'PT0.000000002S']],
      ['list(pd.Series(pd.to_datetime(["2020-01-02"])))', ['2020-01-02T00:00:00']],
    ])('%s', async (expression, expected) => {
      expect(await evaluate(expression)).toStrictEqual(expected);
    });

    it('without a unit, it is refused', async () => {
      const error = await rejection(evaluate('[np.timedelta64(5)]'));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[0]' });
      expect(error.message).toMatch(/without a unit/);
    });
  });

  describe('what is missing is an error, or null if wanted:', () => {
    it.each([
      'np.datetime64("NaT")',
      'np.timedelta64("NaT")',
      'pd.NaT',
      'pd.NA',
      'pd.Timestamp("NaT")',
      'pd.Timedelta("NaT")',
      'pd.Period("NaT")',
      'np.float32("nan")',
      'np.float64("inf")',
      'decimal.Decimal("NaN")',
      'decimal.Decimal("sNaN")',
      'decimal.Decimal("-Infinity")',
      'float("nan")',
    ])('%s', async (expression) => {
      const error = await rejection(evaluate(`{"a": [1, ${expression}]}`));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output.a[1]' });
      expect(await evaluate(`{"a": [1, ${expression}]}`, { nan: 'null' })).toEqual({
        a: [1, null],
      });
    });

    it('in an array of times, too', async () => {
      const expression = 'np.array([["2020-01-02", "NaT"]], "M8[D]")';
      const error = await rejection(evaluate(expression));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output[0][1]' });
      expect(await evaluate(expression, { nan: 'null' })).toEqual([['2020-01-02', null]]);
    });
  });

  describe('other values of numpy and pandas:', () => {
    it.each<[string, unknown]>([
      ['[np.bool_(True), np.int64(-5), np.uint8(5), np.float16(0.5)]', [true, -5, 5, 0.5]],
      ['[np.str_("é"), np.bytes_(b"\\xff"), np.void(b"\\xff")]', ['é', BYTES, BYTES]],
      ['np.array([None, b"\\xff", Colour.RED, {"a": 1}], object)', [null, BYTES, 'red', { a: 1 }]],
      ['np.array(["a", "é"])', ['a', 'é']],
      ['np.array([True, False])', [true, false]],
      ['np.arange(3, dtype=">i4")', [0, 1, 2]],
      ['np.array(5)', 5],
      ['[np.array(True).data, np.array([[True], [False]]).data]', [true, [[true], [false]]]],
      ['[np.array(0.5).data, np.arange(3, dtype=">i4").data]', [0.5, [0, 1, 2]]],
      ['np.ma.masked_array([1.5, 2.5], [0, 1])', [1.5, null]],
      ['np.ma.masked', null],
      [
        '[(1, "a")] + np.array([(1, 2.5)], [("a", "i4"), ("b", "f4")]).tolist()',
        [
          [1, 'a'],
          [1, 2.5],
        ],
      ],
      [
        'pd.DataFrame({"at": [pd.Timestamp("2020-01-02")]}).to_dict("records")',
        [{ at: '2020-01-02T00:00:00' }],
      ],
    ])('%s', async (expression, expected) => {
      expect(await evaluate(expression)).toStrictEqual(expected);
    });

    it.each<[string, RegExp]>([
      ['np.complex64(1)', /complex is not JSON.*value\.real/],
      ['np.array([1j])', /output\[0\]: complex/],
      ['np.longdouble(1)', /return float\(value\) instead/],
      ['pd.Series([1])', /return value\.tolist\(\)/],
      ['pd.DataFrame({"a": [1]})', /return value\.to_dict\("records"\)/],
      ['pd.Index([1])', /return value\.tolist\(\)/],
    ])('%s is refused with advice', async (expression, advice) => {
      const error = await rejection(evaluate(expression));
      expect(error.code).toBe('ERR_NOT_SERIALIZABLE');
      expect(error.message).toMatch(advice);
    });
  });

  describe('arrays as lists:', () => {
    it.each<[string, unknown]>([
      [
        'np.arange(6, dtype="f4").reshape(2, 3)',
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
      ],
      [
        'np.arange(6).reshape(2, 3).T',
        [
          [0, 3],
          [1, 4],
          [2, 5],
        ],
      ],
      ['np.arange(6)[::-2]', [5, 3, 1]],
      ['np.arange(3, dtype="f2")', [0, 1, 2]],
      ['np.zeros((2, 0))', [[], []]],
      ['np.zeros((0, 2))', []],
      [
        '{"a": [Book(cover=Page(image=b"")).vector]}',
        {
          a: [
            [
              [0, 1],
              [2, 3],
            ],
          ],
        },
      ],
      ['np.array([b"\\xff"])[0]', BYTES],
    ])('%s', async (expression, expected) => {
      expect(await evaluate(expression, { arrays: 'list' })).toStrictEqual(expected);
    });

    it('numbers that a list cannot have are refused with their path', async () => {
      for (const [expression, path] of [
        ['{"a": np.array([1, 2**60])}', 'output.a[1]'],
        ['{"a": np.array([[1, np.nan]])}', 'output.a[0][1]'],
      ] as const) {
        const error = await rejection(evaluate(expression, { arrays: 'list' }));
        expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path });
      }
      const both = { arrays: 'list', nan: 'null' };
      expect(await evaluate('np.array([[1, np.nan]])', both)).toEqual([[1, null]]);
    });

    it('NaN stays in an array', async () => {
      expect(await evaluate('np.array([np.nan, np.inf])', { nan: 'null' })).toEqual(
        new Float64Array([Number.NaN, Number.POSITIVE_INFINITY]),
      );
    });
  });

  describe('arrays of several dimensions', () => {
    it.each<[string, unknown, unknown]>([
      [
        'a matrix',
        ndarray(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]),
        [
          'float32',
          [2, 3],
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          'memoryview',
        ],
      ],
      [
        'bytes with a shape',
        ndarray(Buffer.from([1, 2, 3, 4]), [2, 2]),
        [
          'uint8',
          [2, 2],
          [
            [1, 2],
            [3, 4],
          ],
          'memoryview',
        ],
      ],
      [
        'bytes of one dimension',
        ndarray(new Uint8Array([1, 2]), [2]),
        ['uint8', [2], [1, 2], 'memoryview'],
      ],
      [
        'clamped bytes',
        ndarray(new Uint8ClampedArray([1, 2]), [2, 1]),
        ['uint8', [2, 1], [[1], [2]], 'memoryview'],
      ],
      [
        '64-bit integers',
        ndarray(new BigInt64Array([1n]), [1, 1, 1]),
        ['int64', [1, 1, 1], [[[1]]], 'memoryview'],
      ],
      ['no dimension', ndarray(new Float64Array([0.5]), []), ['float64', [], 0.5, 'memoryview']],
    ])('arrive with their shape: %s', async (_, value, expected) => {
      expect(await execute('described', [value])).toEqual(expected);
    });

    current.since('3.10', 'memoryview of such a shape')('with a size of 0', async () => {
      const rows = [ndarray(new Float32Array(0), [0, 3]), ndarray(new Int16Array(0), [3, 0])];
      expect(await Promise.all(rows.map((value) => execute('described', [value])))).toEqual([
        ['float32', [0, 3], [], 'memoryview'],
        ['int16', [3, 0], [[], [], []], 'memoryview'],
      ]);
    });

    it('go there and back', async () => {
      const given = ndarray(new Float32Array([1, 2, 3, 4, 5, 6]), [3, 2]);
      const result = await execute('doubled', [given]);
      expect(result).toStrictEqual(new Float32Array([2, 4, 6, 8, 10, 12]));
      expect([result.dtype, result.shape]).toEqual(['float32', [3, 2]]);
      const again = await execute('doubled', [result]);
      expect([again.shape, [...again]]).toEqual([
        [3, 2],
        [4, 8, 12, 16, 20, 24],
      ]);
    });
  });
});

old.describe('with pydantic 1,', () => {
  const execute = poolOf('returns_old_models.py', old);
  const page = { image: BYTES, at: '2020-01-02T00:00:00', password: '**********' };

  it.each<[string, unknown]>([
    ['Page()', page],
    ['[Book()]', [{ pages: { a: [page] } }]],
    ['Root()', [page]],
    ['Encoded()', { day: 'day 2', days: ['day 2'] }],
  ])('models follow our rules: %s', async (expression, expected) => {
    expect(await execute(null, [expression])).toStrictEqual(expected);
  });
});
