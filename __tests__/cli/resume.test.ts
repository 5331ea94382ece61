/** `python-worker-pool map --resume`: continues an interrupted run, without repeating a call. */

import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  allGone,
  cliGate,
  eventually,
  fixture,
  killAfterTest,
  linesOf,
  onUnix,
  recordsOf,
  runCli,
  startCli,
  tempFolder,
  writeScript,
} from '../support';

const SCRIPT = fixture('cli_functions.py');

/** A run over the numbers from 0, which records its calls, and where one of them waits. */
function scene(count: number, stopAt: number) {
  const folder = tempFolder();
  const [input, out, fixed] = ['in.jsonl', 'out put.jsonl', 'fixed'].map((name) =>
    path.join(folder, name),
  );
  const { door, env, called } = cliGate(stopAt);
  const numbers = Array.from({ length: count }, (_, number) => number);
  writeFileSync(input, numbers.map((number) => `${number}\n`).join(''));
  return {
    input,
    out,
    door,
    fixed,
    env: { ...env, TEST_FIXED: fixed },
    args: (name: string, ...flags: string[]) => [
      'map',
      SCRIPT,
      name,
      input,
      '--out',
      out,
      ...flags,
    ],
    called,
    records: () => recordsOf(out),
    /** All records, in order, of a run without failures. */
    all: numbers.map((number) => ({ index: number, result: number })),
    sorted: (numbers: number[]) => [...numbers].sort((one, other) => one - other),
    numbers,
  };
}

describe('Ctrl-C', () => {
  onUnix.it('waits for running calls, and says how to resume', async () => {
    const { door, env, args, called, records, all, numbers, input, out } = scene(10, 4);
    const cli = startCli(args('at_gate'), { env });
    killAfterTest(...(await door.reached()));
    cli.child.kill('SIGINT');
    await eventually('words', () => cli.stderr().includes('waiting for 1 running calls.'));
    door.open();
    const { code, stderr } = await cli.exit();
    expect(code).toBe(130);
    expect(stderr).toContain('Not finished: 5 results, 0 failures');
    expect(stderr).toContain(
      `To resume: python-worker-pool map --resume ${SCRIPT} at_gate ${input} --out '${out}'\n`,
    );
    expect(records()).toEqual(all.slice(0, 5));

    const resumed = await runCli(args('at_gate', '--resume'), { env });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain('10 results, 0 failures');
    expect(records()).toEqual(all);
    expect(called()).toEqual(numbers);
  });

  onUnix.it(
    'writes finished results although an earlier call is still running; a second one ends at once',
    async () => {
      const { door, env, args, called, records, all, numbers, sorted } = scene(10, 0);
      const cli = startCli(args('at_gate', '--workers', '2'), { env });
      const pids = await door.reached();
      killAfterTest(...pids);
      await eventually('the others', () => called().length === 10);
      cli.child.kill('SIGINT');
      await eventually('words', () => cli.stderr().includes('Press Ctrl-C again to exit'));
      await eventually('the others in the output', () => records().length === 9);
      cli.child.kill('SIGINT');
      expect((await cli.exit()).code).toBe(130);
      await allGone(pids);

      door.open();
      expect((await runCli(args('at_gate', '--resume'), { env })).code).toBe(0);
      expect(records()).toEqual(all);
      // The first call was started twice.
      expect(sorted(called())).toEqual([0, ...numbers]);
    },
  );

  onUnix.it('interrupts no running call, even if calls were short and become long', async () => {
    const { door, env, args, called, records, all, numbers, sorted } = scene(4000, 3000);
    const cli = startCli(args('at_gate_from', '--workers', '4'), { env });
    killAfterTest(...(await door.reached(4)));
    cli.child.kill('SIGINT');
    await eventually('words', () => cli.stderr().includes('waiting for 4 running calls.'));
    door.open();
    const { code, stderr } = await cli.exit();
    expect(code).toBe(130);
    expect(stderr).toContain('Not finished: 3,004 results, 0 failures');
    const begun = sorted(called());
    expect(begun).toHaveLength(4);
    const finished = sorted(records().map(({ index }) => index));
    expect(finished).toEqual([...numbers.slice(0, 3000), ...begun]);

    expect((await runCli(args('at_gate_from', '--resume'), { env })).code).toBe(0);
    expect(records()).toEqual(all);
    expect(sorted(called())).toEqual(numbers.slice(3000));
  });

  onUnix.it('stops reading from a stdin that stays open', async () => {
    const { env, out, door } = scene(0, -1);
    door.open();
    const args = ['map', SCRIPT, 'at_gate', '-', '--out', out];
    const cli = startCli(args, { env, keepInputOpen: true, input: '0\n1\n' });
    await eventually('two records', () => linesOf(out).length === 2);
    cli.child.kill('SIGINT');
    expect(await cli.exit()).toMatchObject({ code: 130 });
  });
});

describe('SIGKILL', () => {
  onUnix.it('loses no written result, and leaves no process', async () => {
    const { door, env, args, called, records, all, numbers, sorted, out } = scene(10, 6);
    const cli = startCli(args('at_gate'), { env });
    const pids = await door.reached();
    killAfterTest(...pids);
    await eventually('what is finished', () => linesOf(out).length === 6);
    cli.child.kill('SIGKILL');
    expect((await cli.exit()).signal).toBe('SIGKILL');
    await allGone(pids);

    door.open();
    expect((await runCli(args('at_gate', '--resume'), { env })).code).toBe(0);
    expect(records()).toEqual(all);
    expect(sorted(called())).toEqual(sorted([6, ...numbers]));
  });
});

describe('--resume', () => {
  it('starts if there is no output yet, and calls nothing if the output is complete', async () => {
    const { door, env, args, called, records, all, numbers } = scene(5, -1);
    door.open();
    for (let run = 0; run < 2; run++) {
      const { code, stderr } = await runCli(args('at_gate', '--resume'), { env });
      expect(code).toBe(0);
      expect(stderr).toContain('5 results, 0 failures');
      expect(records()).toEqual(all);
      expect(called()).toEqual(numbers);
    }
  });

  it.each([
    ['in the middle', -5, [0, 1, 2, 3, 4, 4]],
    ['within its index', -14, [0, 1, 2, 3, 4, 4]],
    ['at its beginning', -20, [0, 1, 2, 3, 4, 4]],
    ['before its newline', -1, [0, 1, 2, 3, 4]],
  ])('repairs a last line that is cut %s', async (_, cut, calls) => {
    const { env, args, called, records, all, out } = scene(5, -1);
    await runCli(args('at_gate'), { env });
    truncateSync(out, readFileSync(out).length + cut);
    expect((await runCli(args('at_gate', '--resume'), { env })).code).toBe(0);
    expect(records()).toEqual(all);
    expect(readFileSync(out, 'utf8').endsWith('}\n')).toBe(true);
    expect(called()).toEqual(calls);
  });

  it('fills the gaps of an unordered output, and sorts it', async () => {
    const { env, args, called, records, all, out } = scene(6, -1);
    const line = (index: number) => `{"index":${index},"result":${index}}\n`;
    writeFileSync(out, [5, 1, 3].map(line).join(''));
    expect((await runCli(args('at_gate', '--resume', '--unordered'), { env })).code).toBe(0);
    expect(records().map(({ index }) => index)).toEqual([5, 1, 3, 0, 2, 4]);
    expect(called()).toEqual([0, 2, 4]);
    expect((await runCli(args('at_gate', '--resume'), { env })).code).toBe(0);
    expect(records()).toEqual(all);
    expect(readdirSync(path.dirname(out)).sort()).toEqual(['in.jsonl', 'out put.jsonl']);
  });

  it('sorts an output that has an index far beyond all others', async () => {
    const { env, args, called, records, all, out } = scene(3, -1);
    const far = [9_999_999_999, 1_000_000].map((index) => ({ index, result: 'far' }));
    writeFileSync(out, [...far, all[1]].map((record) => `${JSON.stringify(record)}\n`).join(''));
    const { code, stderr } = await runCli(args('at_gate', '--resume'), { env });
    expect(code).toBe(0);
    expect(stderr).toContain('index 9999999999, but the input ends before it');
    expect(records()).toEqual([...all, far[1], far[0]]);
    expect(called()).toEqual([0, 2]);
  });

  it.each(['{"prompt":"hi"}\n', '{"prompt":"hi"}', 'notes'])(
    'refuses a file with a foreign line %j, and leaves it alone',
    async (line) => {
      const { args, out } = scene(1, -1);
      const foreign = `{"index":0,"result":0}\n${line}`;
      writeFileSync(out, foreign);
      const { code, stderr } = await runCli(args('at_gate', '--resume'));
      expect(code).toBe(2);
      expect(stderr).toContain(`${out}:2 was not written by map`);
      expect(readFileSync(out, 'utf8')).toBe(foreign);
    },
  );

  it('warns of an output that belongs to a longer input', async () => {
    const { env, args, out } = scene(2, -1);
    writeFileSync(out, '{"index":7,"result":7}\n');
    const { code, stderr } = await runCli(args('at_gate', '--resume'), { env });
    expect(code).toBe(0);
    expect(stderr).toContain('index 7, but the input ends before it');
  });
});

describe('--retry-failed', () => {
  it.each([
    [['{'], 'To call the lines that failed, once they are valid: '],
    [['{', '["boom"]'], 'To retry the failures: '],
  ])('is suggested for %j', async (lines, purpose) => {
    const folder = tempFolder();
    const input = path.join(folder, 'in.jsonl');
    writeFileSync(input, lines.join('\n'));
    const script = writeScript('def f(x): raise ValueError(x)\n');
    const out = path.join(folder, 'out.jsonl');
    const { code, stderr } = await runCli(['map', script, 'f', input, '--out', out]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${purpose}python-worker-pool map --retry-failed `);
  });

  it('repeats failed calls, and no others; the output is sorted', async () => {
    const { env, args, called, records, all, fixed } = scene(6, -1);
    const first = await runCli(args('fails_once'), { env });
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('3 results, 3 failures');
    expect(first.stderr).toContain('python-worker-pool map --retry-failed ');

    // Failures are results, too: --resume does not repeat them.
    const resumed = await runCli(args('fails_once', '--resume'), { env });
    expect(resumed.code).toBe(1);
    expect(called()).toHaveLength(6);

    writeFileSync(fixed, '');
    expect((await runCli(args('fails_once', '--retry-failed'), { env })).code).toBe(0);
    expect(records()).toEqual(all);
    expect(called().slice(6)).toEqual([1, 3, 5]);
  });

  it('continues where an earlier retry has ended: the last record of a line counts', async () => {
    const { env, args, called, records, all, out, fixed } = scene(4, -1);
    await runCli(args('fails_once'), { env });
    appendFileSync(out, '{"index":1,"result":1}\n');
    writeFileSync(fixed, '');
    expect((await runCli(args('fails_once', '--retry-failed'), { env })).code).toBe(0);
    expect(records()).toEqual(all);
    expect(called().slice(4)).toEqual([3]);
  });
});
