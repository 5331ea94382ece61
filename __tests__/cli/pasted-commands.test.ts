/** The commands that `python-worker-pool` prints can be pasted into a shell. */

import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { programWords, shellCommand } from '../../ts/cli/shell';
import { fixture, onUnix, recordsOf, runCli, runShell, tempFolder } from '../support';

/** A folder whose name a shell would run, with a script and an input that fails at first. */
function hostileProject() {
  const folder = path.join(tempFolder(), `$(touch x) \`touch x\` "a' b;touch x`);
  mkdirSync(folder);
  for (const name of ['cli_functions.py', 'waits_at_gate.py']) {
    copyFileSync(fixture(name), path.join(folder, name));
  }
  const [script, input, out] = ['cli_functions.py', 'in.jsonl', 'out.jsonl'].map((name) =>
    path.join(folder, name),
  );
  writeFileSync(input, '1\n');
  const env = { TEST_CALLS: path.join(folder, 'calls'), TEST_FIXED: path.join(folder, 'fixed') };
  return { folder, script, input, out, env };
}

describe('the command to continue', () => {
  onUnix.it('works in a shell, whatever the names are', async () => {
    const { folder, script, input, out, env } = hostileProject();
    const args = ['map', script, 'fails_once', input, '--out', out, '--json', '--timeout', '1m'];
    const { stdout } = await runCli(args, { env });
    const { next } = JSON.parse(stdout);
    expect(next).toMatch(/^python-worker-pool map --retry-failed '.*' --json --timeout 1m$/);
    writeFileSync(env.TEST_FIXED, '');
    const pasted = await runShell(next.replace('python-worker-pool', 'cli'), { env, cwd: folder });
    expect(pasted).toMatchObject({ code: 0 });
    expect(recordsOf(out)).toEqual([{ index: 0, result: 1 }]);
    expect(existsSync(path.join(folder, 'x'))).toBe(false);
  });

  it('keeps the values of options and the words after --, and drops --force', async () => {
    const folder = tempFolder();
    const script = fixture('cli_functions.py');
    writeFileSync(path.join(folder, '--force'), '["no"]\n');
    const args = ['map', '--force', '--out', '--resume', '--json', '--', script, 'fail', '--force'];
    const { stdout } = await runCli(args, { cwd: folder });
    expect(JSON.parse(stdout).next).toBe(
      `python-worker-pool map --retry-failed --out --resume --json -- ${script} fail --force`,
    );
  });

  it.each([
    [{ npm_command: 'exec', npm_execpath: '/usr/lib/node_modules/npm/bin/npm-cli.js' }, true],
    [{ npm_execpath: '/usr/lib/node_modules/npm/bin/npx-cli.js' }, true],
    [
      { npm_command: 'run-script', npm_execpath: '/usr/lib/node_modules/npm/bin/npm-cli.js' },
      false,
    ],
    [{}, false],
  ])('with %j begins with npx: %s', async (env, usesNpx) => {
    const { script, input, out } = hostileProject();
    const { stderr } = await runCli(['map', script, 'fail', input, '--out', out], { env });
    const program = `${usesNpx ? 'npx ' : ''}python-worker-pool`;
    expect(stderr).toContain(`To retry the failures: ${program} map --retry-failed `);
    expect((await runCli(['map', '--help'], { env })).stdout).toContain(`  $ ${program} map `);
    expect(programWords(env).join(' ')).toBe(program);
  });
});

describe('the command that installs a package', () => {
  onUnix.it('is quoted', async () => {
    const { folder, script, input } = hostileProject();
    writeFileSync(script, 'import no_such_module\n');
    writeFileSync(path.join(folder, 'requirements.txt'), '');
    const { stdout } = await runCli(['doctor', script, '--json']);
    const { fixes } = JSON.parse(stdout).problem;
    const commands: string[] = fixes.flatMap((fix: { commands: string[] }) => fix.commands);
    const harmless = commands.map((command) => `echo ${command}`);
    await runShell(harmless.join('\n'), { cwd: path.dirname(input) });
    expect(commands.join('\n')).toContain(`'\\'' b;touch x/requirements.txt'`);
    expect(existsSync(path.join(folder, 'x'))).toBe(false);
  });
});

describe('quoting', () => {
  onUnix.it('gives a POSIX shell each word as it is', async () => {
    const words = [
      'a b',
      "it's",
      '$HOME',
      '`id`',
      '"',
      '\\',
      '*',
      '~',
      '',
      '=ls',
      'a\nb',
      '!x',
      '#',
      'é',
    ];
    const { stdout } = await runShell(`printf '%s|' ${shellCommand(words, { platform: 'linux' })}`);
    expect(stdout).toBe(words.map((word) => `${word}|`).join(''));
    expect(shellCommand(['plain', '--x=1', 'a/b.c'], { platform: 'linux' })).toBe(
      'plain --x=1 a/b.c',
    );
  });

  it.each([
    [['plain', 'C:\\a\\b.py', '--x=1'], 'plain C:\\a\\b.py --x=1'],
    [['C:\\my files\\', 'a&b', 'it^s'], '"C:\\my files\\\\" "a&b" "it^s"'],
    [['{"a": 1}'], '^"{\\^"a\\^":^ 1}^"'],
    [['a\\"b'], '^"a\\\\\\^"b^"'],
    [['100%', '%PATH%'], '^"100^%^" ^"^%PATH^%^"'],
  ])('gives cmd each word as it is: %j', (words, command) => {
    expect(shellCommand(words, { platform: 'win32' })).toBe(command);
  });

  it('has more carets where cmd reads a word twice', () => {
    const words = ['a b', 'x"y'];
    expect(shellCommand(words, { platform: 'win32', batch: true })).toBe('"a b" ^^^"x\\^^^"y^^^"');
  });
});
