/** The lines of a stream, and the arguments in them. */

import { linesOf, type RawLine } from '../../ts/cli/lines';
import { argumentsOf, decode } from '../../ts/cli/map/line';

async function split(chunks: string[], max?: number): Promise<RawLine[]> {
  async function* stream() {
    yield* chunks.map((chunk) => Buffer.from(chunk));
  }
  const lines: RawLine[] = [];
  for await (const line of linesOf(stream(), max)) {
    lines.push(line);
  }
  return lines;
}

const texts = (lines: RawLine[]) => lines.map(({ bytes }) => bytes.toString());

describe('lines', () => {
  it.each([
    [[], []],
    [[''], []],
    [['a'], ['a']],
    [['a\n'], ['a']],
    [['a\n\nb'], ['a', '', 'b']],
    [
      ['a', 'b', '\n', 'c', 'd\ne', '\n'],
      ['ab', 'cd', 'e'],
    ],
    [
      ['\n', '\n'],
      ['', ''],
    ],
    [['\r\n'], ['\r']],
  ])('of %j are %j, in whatever pieces they come', async (chunks, expected) => {
    const lines = await split(chunks);
    expect(texts(lines)).toEqual(expected);
    const text = chunks.join('');
    expect(lines.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    expect(lines.map(({ ended }) => ended)).toEqual(
      expected.map((_, n) => n < expected.length - 1 || text.endsWith('\n')),
    );
    expect(texts(await split([...text]))).toEqual(expected);
  });

  it('that are longer than the maximum are cut, and have their whole length', async () => {
    const lines = await split(['abc', 'defg\nhi', '\n', 'jklmnop'], 5);
    expect(texts(lines)).toEqual(['abcde', 'hi', 'jklmn']);
    expect(lines.map(({ start, end }) => [start, end])).toEqual([
      [0, 8],
      [8, 11],
      [11, 18],
    ]);
    expect(() => decode(lines[0], 'in:1')).toThrow('in:1 is too long: it has 8 bytes');
    expect(decode(lines[1], 'in:2')).toBe('hi');
    expect(() => decode(lines[2], 'in:3')).toThrow('in:3 is too long: it has 7 bytes');
  });
});

describe('plain text', () => {
  it.each([
    ['a b\r', ['a b']],
    ['\ta ', ['\ta ']],
    ['[1]', ['[1]']],
  ])('%j is the argument %j', (text, args) => {
    expect(argumentsOf(text, 'in:1', { spread: true, text: true })).toEqual(args);
  });
});
