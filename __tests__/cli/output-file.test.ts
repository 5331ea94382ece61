/** `python-worker-pool map --out`: nothing but the output is ever written. */

import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {
  cliGate,
  eventually,
  fixture,
  gate,
  killAfterTest,
  onUnix,
  recordsOf,
  runCli,
  runShell,
  startCli,
  startShell,
  tempFolder,
} from '../support';

const FUNCTIONS = fixture('cli_functions.py');
const LINES = '[0]\n[1]\n[2]\n';

/** A folder with a script, modules beside it, and an input. */
function project() {
  const folder = tempFolder();
  const file = (name: string) => path.join(folder, name);
  for (const name of ['cli_functions.py', 'waits_at_gate.py']) {
    copyFileSync(fixture(name), file(name));
  }
  mkdirSync(file('package'));
  writeFileSync(file('package/__init__.py'), 'X = 1\n');
  writeFileSync(file('package/inner.py'), 'X = 1\n');
  writeFileSync(file('in.jsonl'), LINES);
  return {
    folder,
    file,
    args: (out: string, ...flags: string[]) => [
      'map',
      file('cli_functions.py'),
      'arguments',
      file('in.jsonl'),
      '--out',
      file(out),
      ...flags,
    ],
  };
}

const read = (file: string) => readFileSync(file, 'utf8');

describe('the script and its modules', () => {
  it.each(['cli_functions.py', 'waits_at_gate.py', 'package/inner.py', 'new.py'])(
    '%s is no output, even with --force',
    async (name) => {
      const { args, file, folder } = project();
      const before = readdirSync(folder);
      const { code, stderr } = await runCli(args(name, '--force'));
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `${file(name)} is a Python file; --out needs another file\n`,
      });
      expect(read(file('cli_functions.py'))).toBe(read(FUNCTIONS));
      expect(read(file('package/inner.py'))).toBe('X = 1\n');
      expect(readdirSync(folder)).toEqual(before);
    },
  );

  onUnix.it('are no output under another name', async () => {
    const { args, file } = project();
    linkSync(file('cli_functions.py'), file('hard.jsonl'));
    linkSync(file('package/inner.py'), file('module.jsonl'));
    symlinkSync('cli_functions.py', file('soft.jsonl'));
    writeFileSync(file('source.txt'), 'X = 1\n');
    symlinkSync('source.txt', file('linked.py'));
    for (const [name, what] of [
      ['hard.jsonl', 'is the script'],
      ['module.jsonl', 'is also a module beside the script'],
      ['soft.jsonl', 'is a Python file'],
      ['source.txt', 'is also a module beside the script'],
    ]) {
      const { code, stderr } = await runCli(args(name, '--force'));
      expect({ name, code, stderr }).toEqual({
        name,
        code: 2,
        stderr: `${file(name)} ${what}; --out needs another file\n`,
      });
    }
    expect(read(file('cli_functions.py'))).toBe(read(FUNCTIONS));
    expect(read(file('source.txt'))).toBe('X = 1\n');
  });
});

describe('the input', () => {
  onUnix.it.each([
    'cli map "$SCRIPT" arguments - --out in.jsonl --force < in.jsonl',
    'cli map "$SCRIPT" arguments /dev/stdin --out in.jsonl --force < in.jsonl',
    'cli map "$SCRIPT" arguments in.jsonl --out link.jsonl --force',
    'cli map "$SCRIPT" arguments hard.jsonl --out in.jsonl --resume',
    'cli map "$SCRIPT" arguments in.jsonl >> in.jsonl',
    'cli map "$SCRIPT" arguments - < in.jsonl >> hard.jsonl',
  ])('is not written by %s', async (command) => {
    const { file, folder } = project();
    symlinkSync('in.jsonl', file('link.jsonl'));
    linkSync(file('in.jsonl'), file('hard.jsonl'));
    const env = { SCRIPT: file('cli_functions.py') };
    const { code, stderr } = await runShell(command, { cwd: folder, env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/ is the input; --out needs another file\n$/);
    expect(read(file('in.jsonl'))).toBe(LINES);
  });

  onUnix.it('may be the same device as the output', async () => {
    const { code, stderr } = await runShell(
      'cli map "$SCRIPT" arguments - --out /dev/null < /dev/null',
      { env: { SCRIPT: FUNCTIONS } },
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^0 results, 0 failures/);
  });

  it('of the keyword arguments is no output either', async () => {
    const { args, file } = project();
    writeFileSync(file('keywords.json'), '{}');
    const kwargs = `@${file('keywords.json')}`;
    const { code } = await runCli(args('keywords.json', '--kwargs', kwargs, '--force'));
    expect(code).toBe(2);
    expect(read(file('keywords.json'))).toBe('{}');
  });
});

describe('a link', () => {
  onUnix.it('in the place of a temporary file is not followed', async () => {
    const { args, file, folder } = project();
    writeFileSync(file('out.jsonl'), '{"index":2,"result":2}\n{"index":0,"result":0}\n');
    writeFileSync(file('victim'), 'precious\n');
    symlinkSync('victim', file('out.jsonl.sorting'));
    const before = readdirSync(folder);
    expect(await runCli(args('out.jsonl', '--resume'))).toMatchObject({ code: 0 });
    expect(recordsOf(file('out.jsonl')).map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(read(file('victim'))).toBe('precious\n');
    expect(readdirSync(folder)).toEqual(before);
  });

  onUnix.it('that is the output stays one, and leads to a sorted file', async () => {
    const { args, file } = project();
    writeFileSync(file('real.jsonl'), '{"index":2,"result":2}\n{"index":0,"result":0}\n');
    chmodSync(file('real.jsonl'), 0o640);
    symlinkSync('real.jsonl', file('out.jsonl'));
    expect(await runCli(args('out.jsonl', '--resume'))).toMatchObject({ code: 0 });
    expect(recordsOf(file('real.jsonl')).map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(statSync(file('real.jsonl')).mode & 0o777).toBe(0o640);
    expect(read(file('out.jsonl'))).toBe(read(file('real.jsonl')));
  });

  onUnix.it('to a missing file is refused', async () => {
    const { args, file, folder } = project();
    symlinkSync('missing', file('out.jsonl'));
    const { code, stderr } = await runCli(args('out.jsonl'));
    expect(code).toBe(2);
    expect(stderr).toContain('is a link to a file that does not exist');
    expect(readdirSync(folder)).not.toContain('missing');
  });
});

describe('a file that takes the place of the output during a run', () => {
  onUnix.it('is left alone: the records are in the other one', async () => {
    const { file, folder } = project();
    const { door, env } = cliGate(1);
    writeFileSync(file('in.jsonl'), '0\n1\n2\n');
    writeFileSync(file('out.jsonl'), '{"index":2,"result":2}\n');
    const script = file('cli_functions.py');
    const args = ['map', script, 'at_gate', 'in.jsonl', '--out', 'out.jsonl', '--resume'];
    const cli = startCli(args, { env, cwd: folder });
    killAfterTest(...(await door.reached()));
    renameSync(file('out.jsonl'), file('moved.jsonl'));
    writeFileSync(file('out.jsonl'), 'precious\n');
    door.open();
    const { code, stderr } = await cli.exit();
    expect(code).toBe(5);
    expect(stderr).toContain('cannot be put in order: another file has taken the place of ');
    expect(stderr).toContain('3 results, 0 failures');
    expect(read(file('out.jsonl'))).toBe('precious\n');
    expect(recordsOf(file('moved.jsonl')).map(({ index }) => index)).toEqual([2, 0, 1]);
  });
});

describe('an output that another run extends while Python starts', () => {
  onUnix.it.each(['', '{"index":0,"result":0}\n'])('is left alone: %j', async (before) => {
    const { file, folder } = project();
    const door = gate();
    const script = file('slow.py');
    const wait = `from waits_at_gate import wait\nwait(${JSON.stringify(door.path)})\n`;
    writeFileSync(script, `${wait}def f(x): return x\n`);
    writeFileSync(file('out.jsonl'), before);
    const args = ['map', script, 'f', 'in.jsonl', '--out', 'out.jsonl', '--resume'];
    const cli = startCli(args, { cwd: folder });
    killAfterTest(...(await door.reached()));
    const added = '{"index":1,"result":1}\n';
    writeFileSync(file('out.jsonl'), added, { flag: 'a' });
    door.open();
    const { code, stderr } = await cli.exit();
    expect(code).toBe(2);
    expect(stderr).toContain('out.jsonl has been changed since it was read');
    expect(read(file('out.jsonl'))).toBe(before + added);
  });
});

describe('a file that cannot grow', () => {
  onUnix.it.each([
    ['standard output', '> full.jsonl'],
    ['full.jsonl', '--out full.jsonl'],
  ])('ends the run with exit code 5: %s', async (name, to) => {
    const { file, folder } = project();
    writeFileSync(file('in.jsonl'), `"${'x'.repeat(1000)}"\n`.repeat(100));
    const command = `trap "" XFSZ; ulimit -f 16; cli map "$SCRIPT" arguments in.jsonl ${to}`;
    const env = { SCRIPT: file('cli_functions.py') };
    const { code, stderr } = await runShell(command, { cwd: folder, env });
    expect(code).toBe(5);
    expect(stderr).toContain(`Cannot write to ${name}: EFBIG`);
    expect(stderr).toContain('Not finished: ');
  });

  onUnix.it('keeps its records if there is no room for a sorted copy', async () => {
    const { file, folder } = project();
    const record = (index: number) => `${JSON.stringify({ index, result: 'x'.repeat(20_000) })}\n`;
    const unsorted = [2, 1, 0].map(record).join('');
    writeFileSync(file('out.jsonl'), unsorted);
    const command =
      'trap "" XFSZ; ulimit -f 16; cli map "$SCRIPT" arguments in.jsonl --out out.jsonl --resume';
    const env = { SCRIPT: file('cli_functions.py') };
    const { code, stderr } = await runShell(command, { cwd: folder, env });
    expect(code).toBe(5);
    expect(stderr).toContain('out.jsonl has all records, but cannot be put in order: EFBIG');
    expect(stderr).toMatch(/To put the output in order: python-worker-pool map --resume /);
    expect(read(file('out.jsonl'))).toBe(unsorted);
    expect(readdirSync(folder).filter((name) => name.endsWith('.sorting'))).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  onUnix.it('while the output is put in order leaves it whole, and no copy', async () => {
    const { args, file, folder } = project();
    const record = (index: number) => `{"index":${index},"result":"${'x'.repeat(1 << 20)}"}\n`;
    writeFileSync(
      file('out.jsonl'),
      Array.from({ length: 100 }, (_, n) => record(99 - n)).join(''),
    );
    const size = statSync(file('out.jsonl')).size;
    const cli = startCli(args('out.jsonl', '--resume'));
    const isSorting = () => readdirSync(folder).some((name) => name.endsWith('.sorting'));
    await eventually('the copy', isSorting);
    cli.child.kill('SIGINT');
    // It may come too late to make a difference.
    expect([0, 130]).toContain((await cli.exit()).code);
    expect(statSync(file('out.jsonl')).size).toBe(size);
    expect(isSorting()).toBe(false);
  });
});

describe('standard output', () => {
  onUnix.it.each(['-', '/dev/stdout'])('may be named %s', async (name) => {
    const { code, stdout } = await runCli(['map', FUNCTIONS, 'arguments', '-', '--out', name], {
      input: '1\n',
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"index":0,"result":[1]}\n' });
    const appended = await runShell(
      'echo before > x; cli map "$SCRIPT" arguments - --out "$OUT" >> x',
      {
        input: '1\n',
        cwd: tempFolder(),
        env: { SCRIPT: FUNCTIONS, OUT: name },
      },
    );
    expect(appended.code).toBe(0);
  });
});

describe('a named pipe', () => {
  onUnix.it('receives the results, and may be the input of another run', async () => {
    const { file, folder } = project();
    const { code, stdout } = await runShell(
      'mkfifo pipe; cli map "$SCRIPT" arguments in.jsonl --out pipe & cli map "$SCRIPT" arguments pipe; wait',
      { cwd: folder, env: { SCRIPT: file('cli_functions.py') } },
    );
    expect(code).toBe(0);
    const results = stdout.split('\n').filter(Boolean);
    expect(results.map((line) => JSON.parse(line))).toEqual(
      [0, 1, 2].map((index) => ({ index, result: [{ index, result: [index] }] })),
    );
  });

  onUnix.it.each([
    ['without a reader, as the output', ['in.jsonl', '--out', 'pipe']],
    ['without a line, as the input', ['pipe']],
  ])('%s does not outlast Ctrl-C', async (_, args) => {
    const { file, folder } = project();
    // The shell keeps the pipe open where it is the input.
    const holds = args[0] === 'pipe' ? 'exec 3<> pipe;' : '';
    const command = `mkfifo pipe; ${holds} exec "$TEST_NODE" "$TEST_CLI" map "$SCRIPT" arguments ${args.join(' ')} --verbose`;
    const cli = startShell(command, { cwd: folder, env: { SCRIPT: file('cli_functions.py') } });
    await eventually('a worker', () => cli.stderr().includes('ready after'));
    cli.child.kill('SIGINT');
    expect(await cli.exit()).toMatchObject({ code: 130 });
  });
});
