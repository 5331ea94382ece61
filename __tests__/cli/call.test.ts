/** `python-worker-pool call`: one call from a terminal or a shell script. */

import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  allGone,
  copyOfPackage,
  fixture,
  gate,
  interpreter,
  interruptImport,
  killAfterTest,
  newVenv,
  onUnix,
  ROOT,
  runCli,
  runCliInTerminal,
  runShell,
  startCli,
  tempFolder,
  writeScript,
} from '../support';

const SCRIPT = fixture('cli_functions.py');

describe('the result', () => {
  it('is a line of JSON on stdout; the output of the script goes to stderr', async () => {
    const { code, stdout, stderr } = await runCli(['call', SCRIPT, 'say', '["hi"]']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"said":"hi"}\n' });
    expect(stderr.split(/\r?\n/).filter(Boolean).sort()).toEqual(['err: hi', 'out: hi']);
  });

  onUnix.it('is indented on a terminal, unless --json is given', async () => {
    const pretty = await runCliInTerminal(['call', SCRIPT, 'arguments', '[{"a": 1}]']);
    expect(pretty).toMatchObject({
      code: 0,
      stdout: '[\r\n  {\r\n    "a": 1\r\n  }\r\n]\r\n',
    });
    const plain = await runCliInTerminal(['call', SCRIPT, 'arguments', '[{"a": 1}]', '--json']);
    expect(plain).toMatchObject({ code: 0, stdout: '[{"a":1}]\r\n' });
  });

  it('has NaN and infinities as null with --nan null', async () => {
    const script = writeScript('def f(): return [float("nan"), {"x": float("-inf")}, 1.5]\n');
    const allowed = await runCli(['call', script, 'f', '--nan', 'null']);
    expect(allowed).toMatchObject({ code: 0, stdout: '[null,{"x":null},1.5]\n' });
    for (const option of [[], ['--nan', 'error']]) {
      const { code, stdout } = await runCli(['call', script, 'f', '--json', ...option]);
      expect(code).toBe(1);
      expect(JSON.parse(stdout).error).toMatchObject({
        code: 'ERR_NOT_SERIALIZABLE',
        message: 'output[0]: nan is not JSON; return None or a string, or use --nan null',
      });
    }
    const wrong = await runCli(['call', script, 'f', '--nan', 'None']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('Allowed choices are error, null.');
  });

  it('has bytes as base64, and arrays of numbers as lists', async () => {
    const { stdout } = await runCli(['call', SCRIPT, 'data']);
    expect(JSON.parse(stdout)).toEqual({ bytes: { base64: 'AP8=' }, none: null });
    const script = writeScript(
      'from array import array\ndef f(): return [array("d", [1.5]), array("q", [2, 2**62]), memoryview(array("f", range(6))).cast("B").cast("f", (2, 3))]\n',
    );
    const arrays = await runCli(['call', script, 'f']);
    expect(JSON.parse(arrays.stdout)).toEqual([
      [1.5],
      [2, String(2n ** 62n)],
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ]);
  });
});

describe('the arguments', () => {
  it('are empty by default', async () => {
    const { stdout } = await runCli(['call', SCRIPT, 'arguments']);
    expect(stdout).toBe('[]\n');
  });

  it('come from the command line, from stdin, or from a file', async () => {
    const json = '["é\u2028", {"b": [1, null]}]';
    const file = path.join(tempFolder(), 'arguments.json');
    writeFileSync(file, `\uFEFF${json}\n`);
    for (const [argument, input] of [[json], ['-', `${json}\n`], [`@${file}`]]) {
      const { stdout } = await runCli(['call', SCRIPT, 'arguments', argument], { input });
      expect(JSON.parse(stdout)).toEqual(JSON.parse(json));
    }
  });

  it.each([
    [['hi'], ['hi']],
    [
      ['hi', 'there', '', '007'],
      ['hi', 'there', '', '007'],
    ],
    [
      ['-5', '1.5', 'true', 'null', '{"a": [1]}', '"5"'],
      [-5, 1.5, true, null, { a: [1] }, '5'],
    ],
    [
      ['[1, 2]', '[3]'],
      [[1, 2], [3]],
    ],
    [['{"a": 1}'], [{ a: 1 }]],
    [
      ['one', '--', '--json', '--'],
      ['one', '--json', '--'],
    ],
    [
      ['one', '-', 'two'],
      ['one', 'from stdin', 'two'],
    ],
  ])('%j are %j', async (words, args) => {
    const input = '"from stdin"\n';
    const { stdout } = await runCli(['call', SCRIPT, 'arguments', ...words], { input });
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it('keep the digits of a long integer', async () => {
    const script = writeScript('def f(*args): return list(map(str, args))\n');
    const { stdout } = await runCli(['call', script, 'f', '12345678901234567890', '-5']);
    expect(JSON.parse(stdout)).toEqual(['12345678901234567890', '-5']);
  });

  it.each([
    [['{'], 'The argument is not JSON: '],
    [['[hi, {}]'], 'The argument is not JSON: '],
    [['"hi'], 'The argument is not JSON: '],
    [['@not-there.json'], 'Cannot read the arguments: ENOENT'],
    [['a', '@not-there.json'], 'Cannot read the arguments: ENOENT'],
    [['-'], 'Standard input is not JSON: '],
    [['-', '-'], 'Only one argument can be read from standard input'],
    [['--kwargs', '{'], '--kwargs is not JSON: '],
    [['--kwargs', 'x'], `For example: --kwargs '{"temperature": 0}'`],
    [['--kwargs', '[1]'], '--kwargs is not a JSON object'],
    [['--kwargs', '@not-there.json'], 'Cannot read the arguments: ENOENT'],
  ])('%j is refused before Python is started', async (words, why) => {
    const { code, stdout, stderr } = await runCli(['call', SCRIPT, 'arguments', ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(why);
  });

  it('have names with --kwargs', async () => {
    const script = writeScript('def f(text, *, times=1): return text * times\n');
    const file = path.join(tempFolder(), 'keywords.json');
    writeFileSync(file, '{"times": 3}\n');
    for (const kwargs of ['{"times": 3}', `@${file}`]) {
      const { stdout, stderr } = await runCli(['call', script, 'f', 'ab', '--kwargs', kwargs]);
      expect({ stdout, stderr }).toEqual({ stdout: '"ababab"\n', stderr: '' });
    }
  });
});

describe('a failure', () => {
  it('of the function gives its traceback, and exit code 1', async () => {
    const { code, stdout, stderr } = await runCli(['call', SCRIPT, 'fail', '["no"]']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Traceback .*\n {2}File ".*cli_functions\.py", line \d+, in fail\n/);
    expect(stderr).toMatch(/\nValueError: no\n$/);
  });

  it('is JSON on stdout with --json', async () => {
    const { code, stdout } = await runCli(['call', SCRIPT, 'fail', '["no"]', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'ERR_PYTHON_EXCEPTION',
        message: 'ValueError: no',
        pythonType: 'ValueError',
        pythonMessage: 'no',
        traceback: expect.stringContaining('in fail'),
        function: 'fail',
        script: SCRIPT,
        worker: { index: 0, pid: expect.any(Number) },
      },
    });
  });

  it('suggests the nearest name if there is no such function', async () => {
    const { code, stderr } = await runCli(['call', SCRIPT, 'argument']);
    expect(code).toBe(1);
    expect(stderr).toContain("Did you mean 'arguments'?");
  });

  it('reports a crash, and a timeout with its duration', async () => {
    const crash = await runCli(['call', SCRIPT, 'crash']);
    expect(crash).toMatchObject({ code: 1, stdout: '' });
    expect(crash.stderr.match(/crashed/g)).toHaveLength(1);
    expect(crash.stderr).toContain('Worker crashed (exit code 5)');
    for (const [limit, ms] of [
      ['100', 100],
      ['100ms', 100],
      ['0.2s', 200],
      ['.005m', 300],
    ]) {
      const timeout = await runCli(['call', SCRIPT, 'sleep', '60', '--timeout', String(limit)]);
      expect(timeout).toMatchObject({ code: 1, stdout: '' });
      expect(timeout.stderr).toContain(`timed out after ${ms}ms`);
    }
  });

  it('gives exit code 3 if the script does not exist or cannot be imported', async () => {
    const missing = await runCli(['call', 'not-there.py', 'f']);
    expect(missing).toMatchObject({ code: 3, stderr: 'The script not-there.py does not exist\n' });
    const folder = await runCli(['call', tempFolder(), 'f']);
    expect(folder.code).toBe(3);
    const nameless = await runCli(['call', '', 'f']);
    expect(nameless).toMatchObject({ code: 3, stderr: 'The name of the script is empty\n' });
    const script = writeScript('import not_there_at_all\n');
    const { python } = await newVenv(path.join(path.dirname(script), '.venv'));
    const broken = await runCli(['call', script, 'f']);
    expect(broken.code).toBe(3);
    expect(broken.stderr).toContain(`"${python}" -m pip install not_there_at_all\n`);
    const slow = writeScript('import time\ntime.sleep(60)\n');
    const late = await runCli(['call', slow, 'f', '--startup-timeout', '100']);
    expect(late.code).toBe(3);
    expect(late.stderr).toContain('raise --startup-timeout');
  });

  onUnix.it('gives exit code 3 if the script is a loop of links', async () => {
    const cwd = tempFolder();
    symlinkSync('loop.py', path.join(cwd, 'loop.py'));
    for (const command of ['call', 'doctor']) {
      const { code, stdout, stderr } = await runCli([command, 'loop.py', 'f'], { cwd });
      expect(code).toBe(3);
      expect(stdout + stderr).toContain('The script cannot be read: ELOOP');
    }
  });

  it('says nothing of options that the command does not have', async () => {
    const script = writeScript('def f(): return float("nan")\n');
    const { stderr } = await runCli(['call', script, 'f']);
    expect(stderr).toBe('output: nan is not JSON; return None or a string, or use --nan null\n');
    for (const [words, message] of [
      [[SCRIPT, 'f', '--python', ''], 'Invalid --python: ""'],
      [[SCRIPT, ''], 'Invalid name of a function: ""'],
      [['-m', 'a/b', 'f'], 'Invalid name of a module: "a/b"'],
    ] as const) {
      const refused = await runCli(['call', ...words]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(message);
    }
  });

  it('gives exit code 4 if there is no Python', async () => {
    const { code, stderr } = await runCli(['call', SCRIPT, 'data', '--python', 'no-such-python']);
    expect(code).toBe(4);
    expect(stderr).toContain('no-such-python (--python): not on PATH');
    const json = await runCli(['call', SCRIPT, 'data', '--python', 'no-such-python', '--json']);
    expect(JSON.parse(json.stdout).error).toMatchObject({
      code: 'ERR_PYTHON_NOT_FOUND',
      attempts: [expect.stringContaining('no-such-python')],
    });
  });
});

describe('a closed pipe', () => {
  onUnix.it('is not worth a message', async () => {
    const script = writeScript('def f(n): return "x" * n\n');
    const command = `cli call ${script} f 10000000 2>errors | head -c 5; cat errors`;
    const { stdout } = await runShell(command, { cwd: tempFolder() });
    expect(stdout).toBe('"xxxx');
  });
});

describe('the package', () => {
  it('says that it has no addon for this platform, with exit code 5', async () => {
    const root = copyOfPackage();
    for (const name of readdirSync(root).filter((name) => name.endsWith('.node'))) {
      rmSync(path.join(root, name));
    }
    const { code, stdout, stderr } = await runCli(['call', SCRIPT, 'data'], { root });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/^python-worker-pool could not load its native addon for /);
    // A command that needs no addon works all the same.
    expect((await runCli(['--version'], { root })).code).toBe(0);
  });
});

describe('the options', () => {
  it('choose the interpreter and its working directory', async () => {
    const folder = path.join(tempFolder(), 'a b');
    mkdirSync(folder);
    const python = await interpreter();
    const args = ['call', SCRIPT, 'folder', '--cwd', folder, '--python', python, '--verbose'];
    const { stdout, stderr } = await runCli(args);
    expect(JSON.parse(stdout)).toBe(folder);
    expect(stderr).toContain(`[python-worker-pool] uses ${python} (Python 3.`);
  });

  it.each([
    [['call', SCRIPT]],
    [['call', SCRIPT, 'f', '--timeout', '0']],
    [['call', SCRIPT, 'f', '--timeout', '5x']],
    [['call', SCRIPT, 'f', '--timeout', '-5s']],
    [['call', SCRIPT, 'f', '--timeout', '1 s 5']],
    [['map', SCRIPT, 'f', '-', '--workers', '0x2']],
    [['map', SCRIPT, 'f', '-', 'more']],
    [['call', SCRIPT, 'f', '--kwargs', '{"a": 1}', '--kwargs', '{"b": 2}']],
    [['call', '--timeout', '5s', SCRIPT, 'f', '--timeout=5s']],
    [['map', SCRIPT, 'f', '-', '--out', 'x', '--out', 'y']],
    [['doctor', SCRIPT, '--cwd', '.', '--cwd', '.']],
    [['call', SCRIPT, 'f', '--startup-timeout', 'soon']],
    [['call', SCRIPT, 'f', '--cwd', 'not-there']],
    [['call', SCRIPT, 'f', '--unknown']],
    [['unknown']],
    [[]],
  ])('%j is a usage error, with exit code 2', async (args) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/--help/);
  });

  it('have a hint for a word of the function that looks like one', async () => {
    const { stderr } = await runCli(['call', SCRIPT, 'arguments', '-x']);
    expect(stderr).toContain(
      'To pass a word that begins with - to the function, write -- before it.',
    );
  });

  it('print the version, and help', async () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
    for (const command of ['call', 'map', 'doctor']) {
      const { code, stdout } = await runCli([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: python-worker-pool ${command} `);
      expect(stdout).toContain('Examples:');
    }
    expect((await runCli(['--help'])).stdout).toContain('Exit codes:');
  });
});

describe('Ctrl-C', () => {
  onUnix.it('ends the call, and leaves no process', async () => {
    const door = gate();
    const script = writeScript(
      `import sys\nsys.path.append(${JSON.stringify(path.dirname(SCRIPT))})\nfrom waits_at_gate import wait\n`,
    );
    const cli = startCli(['call', script, 'wait', JSON.stringify([door.path])]);
    const pids = await door.reached();
    killAfterTest(...pids);
    cli.child.kill('SIGINT');
    expect(await cli.exit()).toMatchObject({ code: 130, stdout: '', stderr: 'Interrupted\n' });
    await allGone(pids);
  });

  onUnix.it('ends an import, and leaves no process', async () => {
    const outcome = await interruptImport((script) => ['call', script, 'f']);
    expect(outcome).toMatchObject({ code: 130, stderr: 'Interrupted\n' });
  });
});
