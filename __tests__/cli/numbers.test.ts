/** Numbers on the command line that a JavaScript number does not hold. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCli, tempFolder, writeScript } from '../support';

const LONG = '12345678901234567890';
/** A longer one in a string, after an escaped quote and before a backslash. */
const TEXT = `"1\\"${LONG}99\\\\"`;
const NESTED = `{"a": [-${LONG}, {"b": 9007199254740993, "__proto__": ${LONG}}], "${LONG}": ${TEXT}}`;

const shows = () => writeScript('def f(*args, **kwargs): return repr([args, kwargs])\n');

/** What `repr` makes of `NESTED`. */
const NESTED_REPR = `{'a': [-${LONG}, {'b': 9007199254740993, '__proto__': ${LONG}}], '${LONG}': '1"${LONG}99\\\\'}`;

describe('a long integer', () => {
  it('keeps its digits in every argument of call, at any depth', async () => {
    const script = shows();
    const file = path.join(tempFolder(), 'arguments.json');
    writeFileSync(file, `\uFEFF[${LONG}, ${NESTED}]`);
    const both = `[(${LONG}, ${NESTED_REPR}), {}]`;
    for (const [words, expected, input] of [
      [[LONG, NESTED], both],
      [[`[${LONG}, ${NESTED}]`], both],
      [[`@${file}`], both],
      [['-'], both, `[${LONG}, ${NESTED}]`],
      [['--kwargs', NESTED], `[(), ${NESTED_REPR}]`],
    ] as const) {
      const { stdout, stderr } = await runCli(['call', script, 'f', ...words], { input });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toBe(expected);
    }
  });

  it('keeps them in the lines and the keyword arguments of map', async () => {
    const lines = `${LONG}\n[1, ${NESTED}]\n"${LONG}"\n`;
    const args = ['map', shows(), 'f', '-', '--kwargs', `{"n": ${LONG}}`];
    const { stdout } = await runCli(args, { input: lines });
    const results = stdout.split('\n').filter(Boolean);
    expect(results.map((line) => JSON.parse(line).result)).toEqual([
      `[(${LONG},), {'n': ${LONG}}]`,
      `[(1, ${NESTED_REPR}), {'n': ${LONG}}]`,
      `[('${LONG}',), {'n': ${LONG}}]`,
    ]);
  });

  it('in a result is an error that names its place, and not another number', async () => {
    const script = writeScript('def f(n): return {"a": [n]}\n');
    const call = await runCli(['call', script, 'f', LONG]);
    expect(call).toMatchObject({ code: 1, stdout: '' });
    expect(call.stderr).toContain('output.a[0]: an integer beyond 2**53 - 1');
    const map = await runCli(['map', script, 'f', '-'], { input: `${LONG}\n1\n` });
    expect(
      map.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { index: 0, error: expect.objectContaining({ code: 'ERR_NOT_SERIALIZABLE' }) },
      { index: 1, result: { a: [1] } },
    ]);
  });
});

describe('a number that no float holds', () => {
  it.each([
    ['1e400'],
    ['[-1E+400]'],
    [`1${'0'.repeat(400)}.5`],
    ['[1e400]'],
    ['{"a": [[1, 1e999]]}'],
    ['1', '1e400'],
    ['--kwargs', '{"a": [1e400]}'],
  ])('is refused in these arguments: %j %j', async (...words) => {
    const { code, stdout, stderr } = await runCli(['call', shows(), 'f', ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/ has a number that cannot be passed: .* is beyond the largest float/);
  });

  it('is a failed line of map', async () => {
    const { code, stdout } = await runCli(['map', shows(), 'f', '-'], {
      input: '[1e400]\n{"a": [-1e400]}\n"1e400"\n1e308\n1e-400\n',
    });
    expect(code).toBe(1);
    const records = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const failure = (line: number) => ({
      code: 'ERR_INVALID_LINE',
      message: expect.stringContaining(`standard input:${line} has a number that cannot be passed`),
    });
    expect(records).toEqual([
      { index: 0, error: failure(1) },
      { index: 1, error: failure(2) },
      { index: 2, result: "[('1e400',), {}]" },
      { index: 3, result: '[(1e+308,), {}]' },
      { index: 4, result: '[(0,), {}]' },
    ]);
  });
});
