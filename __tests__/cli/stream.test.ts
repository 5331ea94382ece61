/** `python-worker-pool call --stream`: the items of a generator, one per line. */

import path from 'node:path';
import {
  allGone,
  eventually,
  fixture,
  gate,
  killAfterTest,
  linesOf,
  onUnix,
  runCli,
  runCliInTerminal,
  runShell,
  startCli,
  tempFolder,
} from '../support';

const SCRIPT = fixture('streams_items.py');
const stream = (...words: string[]) => ['call', SCRIPT, ...words, '--stream'];

describe('call --stream', () => {
  it('prints each item as a line of JSON, and no result', async () => {
    for (const name of ['count', 'count_async']) {
      const { code, stdout, stderr } = await runCli(stream(name, '3'));
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '0\n1\n2\n', stderr: '' });
    }
    const plain = await runCli(stream('echo', '{"a": 1}'));
    expect(plain).toMatchObject({ code: 0, stdout: '' });
    const named = await runCli(stream('count', '3', '--kwargs', '{"start": 2}'));
    expect(named).toMatchObject({ code: 0, stdout: '2\n' });
  });

  onUnix.it('does not indent items on a terminal', async () => {
    const { code, stdout } = await runCliInTerminal(stream('values', '--nan', 'null'));
    expect(code).toBe(0);
    expect(stdout.split('\r\n').slice(0, 3)).toEqual([
      '{"base64":"AP8="}',
      '[1.5,2.5]',
      '{"deep":[{"base64":"eA=="}]}',
    ]);
  });

  it('prints each item at once', async () => {
    const door = gate();
    const file = path.join(tempFolder(), 'notes');
    const cli = startCli(stream('wait_after', '2', door.path, file));
    killAfterTest(...(await door.reached()));
    await eventually('both items', () => cli.stdout() === '0\n1\n');
    door.open();
    expect(await cli.exit()).toMatchObject({ code: 0, stdout: '0\n1\n"late"\n' });
  });

  it('prints the items before an error', async () => {
    const text = await runCli(stream('fail_after', '2'));
    expect(text).toMatchObject({ code: 1, stdout: '0\n1\n' });
    expect(text.stderr).toMatch(/^Traceback [\s\S]*\nValueError: no more\n$/);
    const json = await runCli([...stream('fail_after', '2'), '--json']);
    expect(json).toMatchObject({ code: 1, stderr: '' });
    const [first, second, last] = json.stdout.trimEnd().split('\n');
    expect([first, second]).toEqual(['0', '1']);
    expect(JSON.parse(last).error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION' });
  });

  it('limits the wait for an item with --timeout', async () => {
    const file = path.join(tempFolder(), 'notes');
    const late = await runCli([
      ...stream('wait_after_async', '1', gate().path, file),
      '--timeout',
      '1s',
    ]);
    expect(late).toMatchObject({
      code: 1,
      stdout: '0\n',
      stderr: 'The stream yielded no item for 1000ms, as long as --timeout allows\n',
    });
  });

  it('is advised where a generator is called without it', async () => {
    const { code, stderr } = await runCli(['call', SCRIPT, 'count', '3']);
    expect(code).toBe(1);
    expect(stderr).toContain('use call --stream');
  });

  onUnix.it('closes the generator when the reader of the results is gone', async () => {
    const file = path.join(tempFolder(), 'notes');
    const command = `(cli call ${SCRIPT} endless ${file} --stream 2>errors; echo $? >code) | head -1; cat errors code`;
    const { stdout } = await runShell(command, { cwd: tempFolder() });
    await eventually('the end of the generator', () => linesOf(file)[0] === 'closed');
    expect(stdout).toBe('0\n0\n');
  });

  onUnix.it('closes the generator on Ctrl-C, with exit code 130', async () => {
    const file = path.join(tempFolder(), 'notes');
    const cli = startCli(stream('endless', file));
    await eventually('items', () => cli.stdout().length > 1000);
    cli.child.kill('SIGINT');
    expect(await cli.exit()).toMatchObject({ code: 130, stderr: 'Interrupted\n' });
    expect(linesOf(file)).toEqual(['closed']);
  });

  onUnix.it('leaves no process after Ctrl-C, even if the generator blocks', async () => {
    const door = gate();
    const file = path.join(tempFolder(), 'notes');
    const cli = startCli(stream('wait_after', '1', door.path, file));
    const pids = await door.reached();
    killAfterTest(...pids);
    await eventually('the item before', () => cli.stdout() === '0\n');
    cli.child.kill('SIGINT');
    expect(await cli.exit()).toMatchObject({ code: 130, stdout: '0\n', stderr: 'Interrupted\n' });
    await allGone(pids);
  });
});
