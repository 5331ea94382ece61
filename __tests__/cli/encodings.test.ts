/** Bytes that are not UTF-8. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fixture, runCli, tempFolder } from '../support';

const SCRIPT = fixture('cli_functions.py');
const LATIN_1 = Buffer.from('["\xe9"]\n', 'latin1');
const UTF_16 = Buffer.from('\uFEFF["a"]\n["b"]\n', 'utf16le');
const UTF_16_BIG_ENDIAN = Buffer.from(UTF_16).swap16();

const CASES: [Buffer, string][] = [
  [LATIN_1, ' is not UTF-8\n'],
  [UTF_16, ' is UTF-16, not UTF-8: save it as UTF-8\n'],
  [UTF_16_BIG_ENDIAN, ' is UTF-16, not UTF-8: save it as UTF-8\n'],
];

function fileWith(bytes: Buffer): string {
  const file = path.join(tempFolder(), 'file.json');
  writeFileSync(file, bytes);
  return file;
}

it.each(CASES)(
  '%j is refused in the arguments of call, from a file or from stdin',
  async (bytes, what) => {
    const file = fileWith(bytes);
    for (const [words, name] of [
      [[`@${file}`], file],
      [['-'], 'Standard input'],
      [['--kwargs', `@${file}`], file],
    ] as const) {
      const run = await runCli(['call', SCRIPT, 'arguments', ...words], { input: bytes });
      expect(run).toMatchObject({ code: 2, stdout: '', stderr: `${name}${what}` });
    }
  },
);

it.each([
  [UTF_16, []],
  [UTF_16_BIG_ENDIAN, ['--text']],
])('map refuses a whole file in UTF-16 (%#)', async (bytes, flags) => {
  const file = fileWith(bytes);
  const run = await runCli(['map', SCRIPT, 'arguments', file, ...flags]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toMatch(new RegExp(`^${file} is UTF-16, not UTF-8: save it as UTF-8\\n`));
});
