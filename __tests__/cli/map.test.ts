/** `python-worker-pool map`: a call for each line of a file. */

import { linkSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  cliGate,
  eventually,
  fixture,
  linesOf,
  type MapRecord,
  onUnix,
  recordsOf,
  runCli,
  runCliInTerminal,
  runShell,
  startCli,
  tempFolder,
  writeScript,
} from '../support';

const SCRIPT = fixture('cli_functions.py');

/** A file of these lines, and a path beside it for the output. */
function files(lines: readonly string[] | string): { input: string; out: string } {
  const folder = tempFolder();
  const input = path.join(folder, 'input.jsonl');
  writeFileSync(
    input,
    typeof lines === 'string' ? lines : lines.map((line) => `${line}\n`).join(''),
  );
  return { input, out: path.join(folder, 'output.jsonl') };
}

/** The records that were printed. */
const printed = (stdout: string): MapRecord[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('the lines', () => {
  it('are the list of arguments if they are arrays, else the only argument', async () => {
    const lines = ['["a", {"b": 1}]', '[]', '"text"', '{"c": [2]}', 'null', '[["nested"]]'];
    const { code, stdout } = await runCli(['map', SCRIPT, 'arguments', files(lines).input]);
    expect(code).toBe(0);
    expect(printed(stdout)).toEqual([
      { index: 0, result: ['a', { b: 1 }] },
      { index: 1, result: [] },
      { index: 2, result: ['text'] },
      { index: 3, result: [{ c: [2] }] },
      { index: 4, result: [null] },
      { index: 5, result: [['nested']] },
    ]);
  });

  it('are always the only argument with --no-spread', async () => {
    const { input } = files(['["a", "b"]', '"c"']);
    const { stdout } = await runCli(['map', SCRIPT, 'arguments', input, '--no-spread']);
    expect(printed(stdout)).toEqual([
      { index: 0, result: [['a', 'b']] },
      { index: 1, result: ['c'] },
    ]);
  });

  it('may end in CRLF or at the end of the file, be blank, and hold any character', async () => {
    const { input } = files('\uFEFF"a"\r\n\r\n  \n"\u2028é😀"\n\n["last"]');
    const { code, stdout } = await runCli(['map', SCRIPT, 'arguments', input]);
    expect(code).toBe(0);
    expect(printed(stdout)).toEqual([
      { index: 0, result: ['a'] },
      { index: 3, result: ['\u2028é😀'] },
      { index: 5, result: ['last'] },
    ]);
  });

  it('may come from stdin, and may be missing altogether', async () => {
    const some = await runCli(['map', SCRIPT, 'arguments', '-'], { input: '1\n2\n' });
    expect(printed(some.stdout)).toEqual([
      { index: 0, result: [1] },
      { index: 1, result: [2] },
    ]);
    const { input, out } = files([]);
    const none = await runCli(['map', SCRIPT, 'arguments', input, '--out', out]);
    expect(none).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(out, 'utf8')).toBe('');
  });

  it('that are not JSON, or not UTF-8, fail individually, with their number', async () => {
    const { input } = files('1\n{"a": \n3\n');
    writeFileSync(input, Buffer.from([0x22, 0xff, 0x22]), { flag: 'a' });
    const { code, stdout } = await runCli(['map', SCRIPT, 'arguments', input]);
    expect(code).toBe(1);
    const invalid = (message: string) => ({
      code: 'ERR_INVALID_LINE',
      message: expect.stringContaining(message),
    });
    expect(printed(stdout)).toEqual([
      { index: 0, result: [1] },
      { index: 1, error: invalid(`${input}:2 is not JSON: `) },
      { index: 2, result: [3] },
      { index: 3, error: invalid(`${input}:4 is not UTF-8`) },
    ]);
  });
});

describe('the output', () => {
  it('has a record for each line, failures with the fields of their error', async () => {
    const { input, out } = files(['["one"]', '["two"]']);
    const { code, stdout, stderr } = await runCli(['map', SCRIPT, 'fail', input, '--out', out]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^0 results, 2 failures, in /);
    expect(recordsOf(out)).toEqual(
      ['one', 'two'].map((text, index) => ({
        index,
        error: {
          code: 'ERR_PYTHON_EXCEPTION',
          message: `ValueError: ${text}`,
          pythonType: 'ValueError',
          pythonMessage: text,
          traceback: expect.stringContaining('in fail'),
          function: 'fail',
          script: SCRIPT,
          worker: { index: 0, pid: expect.any(Number) },
        },
      })),
    );
  });

  it.each([
    [[], [0, 1, 2, 3]],
    [['--unordered'], [1, 2, 3, 0]],
  ])('has this order with %j: %j', async (flags, order) => {
    const { door, called, env } = cliGate(0);
    const { input, out } = files(['0', '1', '2', '3']);
    const args = ['map', SCRIPT, 'at_gate', input, '--workers', '2', '--out', out, ...flags];
    const cli = startCli(args, { env });
    // One worker is at the gate, the other at the end of the input.
    await eventually('the other calls', () =>
      flags.length > 0 ? linesOf(out).length === 3 : called().length === 4,
    );
    door.open();
    expect(await cli.exit()).toMatchObject({ code: 0 });
    expect(recordsOf(out).map(({ index }) => index)).toEqual(order);
  });

  it('is not overwritten, unless --force is given', async () => {
    const { input, out } = files(['1']);
    writeFileSync(out, 'precious\n');
    const args = ['map', SCRIPT, 'arguments', input, '--out', out];
    const refused = await runCli(args);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(
      `${out} already exists: use --resume to continue it, or --force to overwrite it\n`,
    );
    expect(readFileSync(out, 'utf8')).toBe('precious\n');
    expect(await runCli([...args, '--force'])).toMatchObject({ code: 0 });
    expect(recordsOf(out)).toEqual([{ index: 0, result: [1] }]);
  });

  it('is left alone if the script cannot be loaded', async () => {
    const { input, out } = files(['1']);
    writeFileSync(out, 'precious\n');
    const broken = writeScript('import not_there_at_all\n');
    const { code } = await runCli(['map', broken, 'f', input, '--out', out, '--force']);
    expect(code).toBe(3);
    expect(readFileSync(out, 'utf8')).toBe('precious\n');
  });

  it('is never the input', async () => {
    const { input } = files(['1']);
    const link = path.join(tempFolder(), 'link');
    linkSync(input, link);
    for (const out of [input, link]) {
      const run = await runCli(['map', SCRIPT, 'arguments', input, '--out', out, '--force']);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('is the input') });
    }
    expect(readFileSync(input, 'utf8')).toBe('1\n');
  });
});

describe('the summary', () => {
  it('is a line of JSON with --json: on stdout, or on stderr if the results are on stdout', async () => {
    const { input, out } = files(['["x"]', '', '{']);
    const message = expect.stringContaining(`${input}:3 is not JSON`);
    const errors = [{ code: 'ERR_INVALID_LINE', message, count: 1, first: 2 }];
    const summary = { complete: true, results: 1, failures: 1, called: 2, errors };
    const args = ['map', SCRIPT, 'arguments', input, '--json'];
    const toFile = await runCli([...args, '--out', out]);
    expect(toFile).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(toFile.stdout)).toEqual({
      ...summary,
      next: `python-worker-pool map --retry-failed ${SCRIPT} arguments ${input} --json --out ${out}`,
    });
    const toStdout = await runCli(args);
    expect(printed(toStdout.stdout)).toHaveLength(2);
    expect(JSON.parse(toStdout.stderr)).toEqual(summary);
  });
});

describe('the most frequent errors', () => {
  it('are in the summary, the most frequent first, with their first line', async () => {
    const script = writeScript(
      'def f(n):\n    if n > 9: raise KeyError(n)\n    if n > 2: raise ValueError(f"{n} is too much")\n',
    );
    const lines = [1, 3, 11, 4, 5, 12, 6].map(String);
    const args = ['map', script, 'f', files(lines).input, '--workers', '2'];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^1 result, 6 failures, in .* s\n {2}4 x ValueError: \d is too much \(first: line 2\)\n {2}2 x KeyError: '?1\d'? \(first: line 3\)\n$/,
    );
    const { stderr: json } = await runCli([...args, '--json']);
    expect(JSON.parse(json).errors).toMatchObject([
      { code: 'ERR_PYTHON_EXCEPTION', count: 4, first: 1 },
      { code: 'ERR_PYTHON_EXCEPTION', count: 2, first: 2 },
    ]);
  });

  it('are cut to one line each, and are five at most', async () => {
    const script = writeScript('def f(name, text): raise type(name, (Exception,), {})(text)\n');
    const text = `${'x'.repeat(500)}\nmore`;
    const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'G'];
    const { input } = files(names.map((name) => JSON.stringify([name, text])));
    const { stderr } = await runCli(['map', script, 'f', input, '--json']);
    const { errors } = JSON.parse(stderr);
    expect(errors).toHaveLength(5);
    expect(errors[0]).toMatchObject({ count: 2, first: 6 });
    expect(errors[0].message).toMatch(/^\S*G: x+\.\.\.$/);
    expect(errors[0].message.length).toBeLessThan(250);
  });
});

describe('plain text', () => {
  it('is passed line by line with --text', async () => {
    const lines = '\uFEFFhi there\r\n\n"quoted"\n  [1]  \n{\n5';
    const { code, stdout } = await runCli(
      ['map', SCRIPT, 'arguments', files(lines).input, '--text'],
      {},
    );
    expect(code).toBe(0);
    expect(printed(stdout)).toEqual([
      { index: 0, result: ['hi there'] },
      { index: 2, result: ['"quoted"'] },
      { index: 3, result: ['  [1]  '] },
      { index: 4, result: ['{'] },
      { index: 5, result: ['5'] },
    ]);
  });

  it('without --text fails line by line, and the summary says what to do', async () => {
    const { input } = files(['hi there', 'how are you?']);
    const { code, stderr } = await runCli(['map', SCRIPT, 'arguments', input]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\n {2}2 x .*:1 is not JSON: .* \(first: line 1\)\n/);
    expect(stderr).toContain('If the lines are plain text and not JSON, use --text.');
  });
});

describe('--nan', () => {
  it('applies to every call, and the error of one names it', async () => {
    const script = writeScript('def f(x): return float(x)\n');
    const { input } = files(['"nan"', '"1"', '"inf"']);
    const nulls = await runCli(['map', script, 'f', input, '--nan', 'null']);
    expect(printed(nulls.stdout).map(({ result }) => result)).toEqual([null, 1, null]);
    const errors = await runCli(['map', script, 'f', input]);
    expect(printed(errors.stdout)[0].error?.message).toMatch(/, or use --nan null$/);
    expect(errors.stderr).toMatch(/1 x output: nan .*, or use --nan null /);
  });
});

describe('--kwargs', () => {
  it('are the same for every call', async () => {
    const script = writeScript('def f(text, *, times=1): return text * times\n');
    const args = ['map', script, 'f', files(['"a"', '["b"]']).input, '--kwargs', '{"times": 2}'];
    const { stdout } = await runCli(args);
    expect(printed(stdout)).toEqual([
      { index: 0, result: 'aa' },
      { index: 1, result: 'bb' },
    ]);
  });
});

describe('a run ends early', () => {
  it('if the script has no such function', async () => {
    const { input, out } = files(['1', '2', '3']);
    const { code, stderr } = await runCli(['map', SCRIPT, 'argument', input, '--out', out]);
    expect(code).toBe(1);
    expect(stderr).toContain("Did you mean 'arguments'?");
    expect(stderr).toContain(`To resume: python-worker-pool map --resume ${SCRIPT} argument`);
    expect(readFileSync(out, 'utf8')).toBe('');
  });

  it('if the workers cannot be kept running, and records why they died', async () => {
    const { input, out } = files(Array.from({ length: 9 }, (_, line) => String(line)));
    const run = ['map', SCRIPT, 'crash', input, '--out', out, '--json'];
    const { code, stdout } = await runCli(run);
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, error: { code: 'ERR_POOL_DEAD' } });
    expect(recordsOf(out)).toEqual(
      [0, 1, 2].map((index) => ({
        index,
        error: expect.objectContaining({ code: 'ERR_WORKER_CRASHED', exitCode: 5 }),
      })),
    );
  });

  onUnix.it('silently, if the reader of the results is gone', async () => {
    const { input } = files(Array.from({ length: 50_000 }, (_, line) => String(line)));
    const cli = startCli(['map', SCRIPT, 'arguments', input]);
    cli.child.stdout?.once('data', () => cli.child.stdout?.destroy());
    expect(await cli.exit()).toMatchObject({ code: 5, stderr: '' });
  });
});

describe('the command line', () => {
  it.each([
    [['--workers', '0'], 'an integer, at least 1'],
    [['--resume'], 'set it with --out'],
    [['--force'], 'set it with --out'],
    [['--out', 'x', '--force', '--resume'], 'use only one of them'],
    [['--out', '.'], 'is a folder'],
    [['--out', path.join('no', 'such', 'folder', 'x')], 'Cannot write the output'],
    [['--out', path.join(SCRIPT, 'x')], 'Cannot write the output'],
  ])('with %j is refused', async (flags, why) => {
    const { input } = files(['1']);
    const { code, stdout, stderr } = await runCli(['map', SCRIPT, 'arguments', input, ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(why);
  });

  onUnix.it('with a folder as its standard input is refused', async () => {
    const { stdout } = await runShell(`cli map ${SCRIPT} arguments - < . 2>&1; echo $?`);
    expect(stdout).toBe('Cannot read the input: standard input is a folder\n2\n');
  });

  it.each(['no-such-file', '.'])('with %s as the input is refused', async (input) => {
    const { code, stderr } = await runCli(['map', SCRIPT, 'arguments', input]);
    expect(code).toBe(2);
    expect(stderr).toContain('Cannot read the input');
  });
});

describe('the progress bar', () => {
  onUnix.it('is shown on a terminal, below the output of the script', async () => {
    const { input, out } = files(['"hi"']);
    const { code, stdout } = await runCliInTerminal(['map', SCRIPT, 'say', input, '--out', out]);
    expect(code).toBe(0);
    expect(stdout).toContain('100%  1 line  ');
    // The line is cleared first.
    expect(stdout.replaceAll('\x1b', '^')).toMatch(/\^\[2K(err: hi\r\n)?out: hi\r\n/);
    expect(stdout).toMatch(/1 result, 0 failures, in .* s\r\n$/);
  });

  it('is not shown if stderr is not a terminal', async () => {
    const { input, out } = files(['"hi"']);
    const { stderr } = await runCli(['map', SCRIPT, 'say', input, '--out', out]);
    expect(stderr).toContain('out: hi');
    expect(stderr).not.toContain('%');
    expect(stderr).not.toContain('\x1b');
  });
});

describe('memory', () => {
  it.each([
    ['lines', 10_000, 1, 4096],
    ['characters', 300, 1_000_000, 250],
  ])('is bounded in %s while one call lags behind', async (_, lines, size, max) => {
    const { input, out } = files(
      Array.from({ length: lines }, (_, line) => JSON.stringify([line, size])),
    );
    const env = { TEST_CALLS: path.join(tempFolder(), 'calls') };
    const args = ['map', SCRIPT, 'first_is_last', input, '--workers', '2', '--out', out];
    expect(await runCli(args, { env })).toMatchObject({ code: 0 });
    const results = recordsOf(out);
    expect(results.map(({ index }) => index)).toEqual(Array.from({ length: lines }, (_, n) => n));
    // The number of other calls at the end of the first one.
    expect(results[0].result).toBeGreaterThan(0);
    expect(results[0].result).toBeLessThan(max);
  });
});
