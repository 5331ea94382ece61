/** What a pool without a logger prints, and where it cannot. */

import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { eventually, fixture, onLinux, onUnix, runHost, writeScript } from '../support';
import { type Outcome, startProgram } from '../support/programs';

const SCRIPT = fixture('prints_and_logs.py');
const HOST = path.join(__dirname, '..', 'hosts', 'logs-by-default.cjs');

function linesOfHost(level?: string): Promise<string[]> {
  const env: Record<string, string> = level === undefined ? {} : { PYTHON_WORKER_POOL_LOG: level };
  return runHost('logs-by-default.cjs', SCRIPT, { env }).then(({ code, stderr }) => {
    expect(code).toBe(0);
    return stderr.split('\n').filter(Boolean);
  });
}

describe('the default logger', () => {
  it('names the worker and the function', async () => {
    const lines = await linesOfHost();
    expect(lines).toContain('[python-worker-pool] Python worker 0: imported too');
    expect(lines).toContain(
      '[python-worker-pool] Python worker 0 (say_on_all_ways): warning words',
    );
  });

  it.each([
    ['silent', []],
    ['error', ['error words']],
    ['warn', ['error words', 'stderr words']],
    ['INFO', ['error words', 'stderr words', 'stdout words']],
    ['debug', ['error words', 'stderr words', 'stdout words', 'ready after']],
  ])('prints from the level %s of PYTHON_WORKER_POOL_LOG on', async (level, expected) => {
    const text = (await linesOfHost(level)).join('\n');
    const marks = ['error words', 'stderr words', 'stdout words', 'ready after'];
    expect(marks.filter((mark) => text.includes(mark))).toEqual(expected);
  });

  it('warns once about another level, and uses the default', async () => {
    const lines = await linesOfHost('loud');
    const warnings = lines.filter((line) => line.includes('PYTHON_WORKER_POOL_LOG'));
    expect(warnings).toEqual([
      '[python-worker-pool] Invalid PYTHON_WORKER_POOL_LOG: "loud". ' +
        'Must be debug, info, warn, error, silent; using warn.',
    ]);
    expect(lines.some((line) => line.endsWith('warning words'))).toBe(true);
  });
});

describe('without a stderr that takes lines, the host lives', () => {
  function runWith(stderr: number | 'pipe', host = HOST): Promise<Outcome> {
    const { child, exit } = startProgram([process.execPath, host, JSON.stringify(SCRIPT)], {
      stdio: ['ignore', 'pipe', stderr],
    });
    child.stderr?.destroy();
    return exit();
  }

  onLinux.it('on a full disk', async () => {
    const full = openSync('/dev/full', 'w');
    const { code, stdout } = await runWith(full).finally(() => closeSync(full));
    expect([code, stdout]).toEqual([0, 'done true\n']);
  });

  onUnix.it('where the reader is gone', async () => {
    const { code, stdout } = await runWith('pipe');
    expect([code, stdout]).toEqual([0, 'done true\n']);
  });

  onUnix.it('where the reader is gone, and a provider of promptfoo logs', async () => {
    const { code, stdout } = await runWith('pipe', path.join(HOST, '..', 'provider-logs.cjs'));
    expect([code, stdout]).toEqual([0, 'done true\n']);
  });

  onUnix.it('where it is closed', async () => {
    const command = `exec "${process.execPath}" "${HOST}" '${JSON.stringify(SCRIPT)}' 2>&-`;
    const { exit } = startProgram(['sh', '-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
    const { code, stdout } = await exit();
    expect([code, stdout]).toEqual([0, 'done true\n']);
  });

  it('where nobody reads it: what is too much is dropped and counted', async () => {
    const script = writeScript(`
import sys

def flood():
    sys.stderr.write(("x" * 199 + "\\n") * 5000)

def last():
    print("the last line", file=sys.stderr)
`);
    const host = path.join(HOST, '..', 'floods-stderr.cjs');
    const argument = JSON.stringify({ script, calls: 12 }); // of 1 MB each
    const { child, stdout, stderr, exit } = startProgram([process.execPath, host, argument], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stderr?.pause();
    await eventually('the end of the flood', () => stdout().includes('flooded true\n'));
    child.stderr?.resume();
    await eventually('room for more', () => stderr().length > 4 * 2 ** 20);
    child.stdin?.end();
    expect(await exit()).toMatchObject({ code: 0, stdout: 'flooded true\ndone true\n' });
    expect(stderr()).toMatch(/\] \d+ lines were dropped while nobody read stderr\n/);
    expect(stderr()).toContain('the last line');
    expect(stderr().length).toBeLessThan(10_000_000);
  });
});
