import { fixture, rejection, withPool } from '../support';

const SCRIPT = fixture('echoes_long_strings.py');
/** Well above and just below the length from which strings travel beside the JSON. */
const LENGTHS = [2047, 2048, 2049, 100_000];

const KINDS: Record<string, (length: number) => string> = {
  ASCII: (length) => 'x'.repeat(length),
  'quotes, backslashes and control characters': (length) => '"\\\n\0\u2028'.repeat(length / 5),
  'Latin-1': (length) => 'é'.repeat(length),
  CJK: (length) => '測試'.repeat(length / 2),
  emoji: (length) => '😀'.repeat(length / 2),
  'lone surrogates': (length) => 'a\ud800\udc00\udfff'.repeat(length / 4),
  'one emoji at the end': (length) => `${'x'.repeat(length - 2)}😀`,
};

describe.each(Object.keys(KINDS))('a long string of %s', (kind) => {
  const texts = LENGTHS.map((length) => KINDS[kind](length));

  it('crosses both ways unchanged, as an argument and as a result', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      for (const text of texts) {
        const [same, length] = await Promise.all([
          pool.execute('echo', [text]),
          pool.execute('length', [text]),
        ]);
        expect(same === text).toBe(true);
        expect(length).toBe([...text].length);
      }
    });
  });

  it('crosses as a value of a dict, which keeps its order', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      for (const text of texts) {
        const result = await pool.execute('provider', [text, { short: 1 }]);
        expect(Object.keys(result)).toEqual(['first', 'output', 'options', 'last']);
        expect(result).toStrictEqual({ first: 1, output: text, options: { short: 1 }, last: text });
      }
    });
  });
});

it('several long arguments keep their places', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const [a, b] = ['a'.repeat(5000), '漢'.repeat(5000)];
    await expect(pool.execute('echo_all', [1, a, null, b, a])).resolves.toEqual([1, a, null, b, a]);
  });
});

it('the caller’s own array is not touched', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const args = ['a'.repeat(5000), { key: 'b'.repeat(5000) }];
    const copy = structuredClone(args);
    await pool.execute('echo_all', args);
    expect(args).toEqual(copy);
  });
});

it('keys that mean something to JavaScript are data', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const text = 'x'.repeat(5000);
    for (const key of ['__proto__', 'constructor', '', 'ключ', '\ud800']) {
      const result = await pool.execute('with_key', [key, text]);
      expect(Object.entries(result)).toEqual([[key, text]]);
      expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    }
  });
});

it('what can not cross is refused beside a long string, too', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    for (const [name, path] of [
      ['nan_beside', 'output.score'],
      ['big_beside', 'output.id'],
      ['twins_beside', 'output.1'],
    ]) {
      const error = await rejection(pool.execute(name, ['x'.repeat(5000)]));
      expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path });
    }
  });
});

it('maxPayload bounds long strings as well', async () => {
  await withPool(SCRIPT, { maxPayload: 10_000 }, async (pool) => {
    const sent = await rejection(pool.execute('length', ['x'.repeat(10_000)]));
    expect(sent).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 10_000 });
    expect(sent.size).toBeGreaterThan(10_000);
    const returned = await rejection(pool.execute('repeat', [10_000]));
    expect(returned).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 10_000 });
    await expect(pool.execute('repeat', [9000])).resolves.toHaveLength(9000);
  });
});
