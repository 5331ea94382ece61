/** The script on the command line: a file, or a module. */

import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCli, tempFolder } from '../support';

/** A folder with a package, whose module `my_package.provider` has a relative import. */
function packageFolder(): string {
  const folder = tempFolder();
  const inner = path.join(folder, 'my_package');
  mkdirSync(inner);
  writeFileSync(path.join(inner, '__init__.py'), '');
  writeFileSync(path.join(inner, 'texts.py'), 'def shout(text): return text.upper()\n');
  writeFileSync(
    path.join(inner, 'provider.py'),
    'from .texts import shout\ndef ask(text): return shout(text)\n',
  );
  return folder;
}

describe('a module', () => {
  it('is found in the working directory, or in --cwd', async () => {
    const cwd = packageFolder();
    for (const [flags, options] of [
      [['-m'], { cwd }],
      [['--module'], { cwd }],
      [['--cwd', cwd, '-m'], {}],
    ] as const) {
      const args = ['call', ...flags, 'my_package.provider', 'ask', 'hi'];
      expect(await runCli(args, options)).toMatchObject({ code: 0, stdout: '"HI"\n', stderr: '' });
    }
  });

  it('has calls of map, which can be resumed', async () => {
    const cwd = packageFolder();
    const input = '"a"\n{"no": "text"}\n';
    const args = ['map', '-m', 'my_package.provider', 'ask', '-', '--out', 'out.jsonl'];
    const first = await runCli(args, { cwd, input });
    expect(first).toMatchObject({ code: 1, stdout: '' });
    expect(first.stderr).toContain(
      'python-worker-pool map --retry-failed -m my_package.provider ask - --out out.jsonl\n',
    );
    const again = await runCli([...args, '--resume'], { cwd, input });
    expect(again.stderr).toMatch(/^1 result, 1 failure, /);
  });

  it('keeps the output of map out of its package', async () => {
    const cwd = packageFolder();
    const link = path.join(cwd, 'results');
    linkSync(path.join(cwd, 'my_package', 'texts.py'), link);
    const args = ['map', '-m', 'my_package.provider', 'ask', '-', '--force', '--out', link];
    const { code, stderr } = await runCli(args, { cwd, input: '"a"\n' });
    expect(code).toBe(2);
    expect(stderr).toContain(`${link} is also a module beside the script`);
  });

  it('is examined by doctor', async () => {
    const cwd = packageFolder();
    const { code, stdout } = await runCli(
      ['doctor', '-m', 'my_package.provider', 'ask', '--json'],
      { cwd },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      script: 'my_package.provider',
      functions: [{ name: 'ask', kind: 'function', signature: '(text)' }],
      problem: null,
    });
  });

  it('that does not exist is reported with what to do', async () => {
    const cwd = packageFolder();
    for (const command of ['call', 'doctor']) {
      const run = await runCli([command, '-m', 'nowhere', 'f'], { cwd });
      expect(run.code).toBe(3);
      expect(run.stdout + run.stderr).toContain("Set --cwd to the folder that contains 'nowhere'");
    }
    const inPackage = await runCli(['call', '-m', 'my_package.no', 'f'], { cwd });
    expect(inPackage.code).toBe(3);
    expect(inPackage.stderr).toContain("the package 'my_package' has no 'no'");
    const file = await runCli(['call', '-m', 'my_package/provider.py', 'f'], { cwd });
    expect(file.code).toBe(2);
    expect(file.stderr).toContain('Must be the dotted name of a module');
  });

  it('is advised for a file that needs it', async () => {
    const cwd = packageFolder();
    const file = path.join('my_package', 'provider.py');
    const advice = `name it as a module: -m my_package.provider, with --cwd set to ${cwd}.\n`;
    for (const command of ['call', 'doctor']) {
      const run = await runCli([command, file, 'ask'], { cwd });
      expect(run.code).toBe(3);
      expect(run.stdout + run.stderr).toContain(advice);
    }
    const folder = await runCli(['call', 'my_package', 'ask'], { cwd });
    expect(folder.code).toBe(3);
    expect(folder.stderr).toBe('The script my_package is a package. Name its module with -m.\n');
    const bare = await runCli(['call', 'my_package.provider', 'ask'], { cwd });
    expect(bare.code).toBe(3);
    expect(bare.stderr).toContain('does not exist. If it is the name of a module, use -m.');
  });
});

describe('a file and a function in one word', () => {
  it.each([
    [['call', 'f.py:client.ask', 'hi'], 3, 'f.py client.ask'],
    [['call', 'file://f.py:ask', 'hi'], 3, 'f.py ask'],
    [['map', 'python:f.py', 'ask', '-'], 3, 'f.py <function>'],
    [['doctor', 'f.py:ask'], 3, 'f.py ask'],
    [['call', 'f.py:ask'], 2, 'f.py ask'],
  ])('such as in %j are to be two words', async (args, code, words) => {
    const cwd = tempFolder();
    writeFileSync(path.join(cwd, 'f.py'), 'def ask(): ...\n');
    const run = await runCli(args, { cwd });
    expect(run.code).toBe(code);
    expect(run.stdout + run.stderr).toContain(
      `Write the file and the function as two words: ${words}\n`,
    );
  });

  it('are no hint if there is no such file', async () => {
    const { stderr } = await runCli(['call', 'no.py:ask', 'hi'], { cwd: tempFolder() });
    expect(stderr).toBe('The script no.py:ask does not exist\n');
  });
});

it('a script without its suffix is suggested with it', async () => {
  const cwd = tempFolder();
  writeFileSync(path.join(cwd, 'f.py'), '');
  const { stderr } = await runCli(['call', 'f', 'ask'], { cwd });
  expect(stderr).toBe('The script f does not exist. Did you mean f.py?\n');
});
