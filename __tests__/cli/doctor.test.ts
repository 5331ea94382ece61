/** `python-worker-pool doctor`: checks that a script can be called, and suggests fixes. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  eventually,
  fixture,
  gate,
  interpreter,
  interruptImport,
  killAfterTest,
  linesOf,
  newVenv,
  onUnix,
  ROOT,
  runCli,
  runningAs,
  startCli,
  tempFolder,
  writeProgram,
  writeScript,
} from '../support';

const SCRIPT = fixture('cli_functions.py');

const SOURCE = `
from json import dumps
LIMIT = 3

def call_api(prompt, options=None, *, context: dict = {}):
    """Answers a prompt.

    At length.
    """

async def call_later(prompt): ...

def stream(prompt):
    yield prompt

class Client:
    def __init__(self, key): ...

def _private(): ...
`;

/** The doctor's report on a script, and its exit code. */
async function examine(script: string, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(['doctor', script, ...args, '--json']);
  return { code, stderr, report: JSON.parse(stdout) };
}

describe('a healthy script', () => {
  it('is reported with its Python, the duration of its import, and its functions', async () => {
    const script = writeScript(SOURCE);
    const { code, report } = await examine(script);
    expect(code).toBe(0);
    expect(report).toEqual({
      ok: true,
      script,
      interpreter: {
        path: await interpreter(),
        version: expect.stringMatching(/^3\.\d+\.\d+$/),
        reason: expect.any(String),
      },
      importMs: expect.any(Number),
      functions: [
        { name: 'Client', kind: 'class', signature: '(key)', doc: null, importedFrom: null },
        {
          name: 'call_api',
          kind: 'function',
          signature: '(prompt, options=None, *, context: dict = {})',
          doc: 'Answers a prompt.',
          importedFrom: null,
        },
        {
          name: 'call_later',
          kind: 'async function',
          signature: '(prompt)',
          doc: null,
          importedFrom: null,
        },
        {
          name: 'stream',
          kind: 'generator',
          signature: '(prompt)',
          doc: null,
          importedFrom: null,
        },
      ],
      warnings: ['generators (stream) are called with stream(), or with call --stream'],
      problem: null,
    });
  });

  it('is reported in words', async () => {
    const script = writeScript(SOURCE);
    const { code, stdout, stderr } = await runCli(['doctor', script, 'call_api']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Script     ${script}\n`);
    expect(stdout).toContain(`, ${await interpreter()}\n`);
    expect(stdout).toMatch(/\n {11}chosen by .+\nImport {5}works, in [\d.]+ ms\n/);
    expect(stdout).toContain('\n           async function call_later(prompt)\n');
    expect(stdout).toContain('\nWarning: generators (stream) are called with stream()');
    expect(stdout).toMatch(/\nNo problems found\.\n$/);
  });

  onUnix.it('may take long to import, which is reported meanwhile', async () => {
    const door = gate();
    const script = writeScript(
      `import sys\nsys.path.append(${JSON.stringify(path.dirname(SCRIPT))})\nfrom waits_at_gate import wait\nwait(${JSON.stringify(door.path)})\ndef f(): ...\n`,
    );
    const cli = startCli(['doctor', script, '--startup-timeout', '1h']);
    killAfterTest(...(await door.reached()));
    await eventually('a report', () =>
      /^Still importing the script, after \d.* s \(limit: 3600 s\)/.test(cli.stderr()),
    );
    door.open();
    const { code, stdout } = await cli.exit();
    expect(code).toBe(0);
    expect(stdout).toContain('No problems found.');
  });

  it('is imported once, as a worker imports it; its output goes to stderr', async () => {
    const folder = tempFolder();
    const log = path.join(folder, 'imports');
    writeFileSync(path.join(folder, 'beside.py'), '');
    const script = writeScript(
      `import beside, json, sys
with open(${JSON.stringify(log)}, "a") as file: print(json.dumps([__name__, sys.argv, sys.path]), file=file)
print("imported")
def f(): ...`,
      'examine.py',
      folder,
    );
    const { code, stderr } = await examine(script);
    expect({ code, stderr: stderr.trim() }).toEqual({ code: 0, stderr: 'imported' });
    const imports = linesOf(log).map((line) => JSON.parse(line));
    expect(imports).toEqual([['examine', [script], expect.arrayContaining([folder])]]);
    // The folders of this package are not in its path.
    expect(imports[0][2]).not.toContain(path.join(ROOT, 'python'));
  });
});

describe('a function', () => {
  it.each([
    ['call_ap', 'ERR_FUNCTION_NOT_FOUND', "Did you mean 'call_api'?"],
    ['LIMIT', 'ERR_PYTHON_EXCEPTION', 'is not callable: it is a int'],
  ])('%s cannot be called: %s', async (name, code, message) => {
    const script = writeScript(SOURCE);
    const examined = await examine(script, name);
    expect(examined.code).toBe(1);
    expect(examined.report).toMatchObject({
      ok: false,
      functions: expect.arrayContaining([expect.objectContaining({ name: 'call_api' })]),
      problem: { code, message: expect.stringContaining(message) },
    });
    const { code: exitCode, stdout } = await runCli(['doctor', script, name]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('\nProblem: ');
    expect(stdout).toContain(message);
  });
});

describe('a script with nothing to call', () => {
  it.each([
    ['LIMIT = 3\ndef _private(): ...\n', 'ERR_FUNCTION_NOT_FOUND', 'no public function'],
    ['', 'ERR_FUNCTION_NOT_FOUND', ''],
    [
      'from json import dumps\nfrom typing import Any\n',
      'ERR_FUNCTION_NOT_FOUND',
      'no public function',
    ],
  ])('%j has the problem %s', async (source, code, message) => {
    const script = writeScript(source);
    const { code: exitCode, report } = await examine(script);
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ ok: false, warnings: [] });
    expect(report.problem).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('is fine if it has only generators', async () => {
    const script = writeScript('async def a(): yield 1\ndef b(): yield 1\n');
    for (const words of [[], ['a'], ['b']]) {
      expect(await examine(script, ...words)).toMatchObject({
        code: 0,
        report: {
          ok: true,
          warnings: ['generators (a, b) are called with stream(), or with call --stream'],
        },
      });
    }
  });

  it('is fine if it imports functions, or is asked for one that is not public', async () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'client.py'), 'def ask(): "Asks."\n');
    const imports = writeScript('from client import ask\nfrom json import dumps\n', 'f.py', folder);
    expect(await examine(imports)).toMatchObject({
      code: 0,
      report: {
        ok: true,
        functions: [{ name: 'ask', importedFrom: 'client' }],
        warnings: ['the script defines no function of its own: those above are imported'],
      },
    });
    const { stdout } = await runCli(['doctor', imports]);
    expect(stdout).toContain('Functions  ask()  # from client: Asks.\n');
    const named = await examine(imports, 'dumps');
    expect(named).toMatchObject({ code: 0, report: { ok: true } });
    const hidden = writeScript('def _private(): ...\n');
    expect(await examine(hidden, '_private')).toMatchObject({ code: 0, report: { ok: true } });
  });
});

describe('a missing module', () => {
  it('comes with the command that installs it for this Python', async () => {
    const script = writeScript('import yaml.no_such_part_of_it\n');
    const { python } = await newVenv(path.join(path.dirname(script), '.venv'));
    const { code, report } = await examine(script);
    expect(code).toBe(3);
    expect(report).toMatchObject({
      interpreter: { path: python, reason: '.venv beside the script' },
      importMs: null,
      problem: {
        code: 'ERR_PYTHON_LOAD',
        message: "ModuleNotFoundError: No module named 'yaml'",
        missing: 'yaml',
        traceback: expect.stringMatching(
          /^Traceback .*\n {2}File ".*script\.py", line 1, in <module>\n/,
        ),
        fixes: [
          {
            commands: [`${python} -m ensurepip`, `${python} -m pip install PyYAML`],
          },
        ],
      },
    });
    const { stdout } = await runCli(['doctor', script]);
    expect(stdout).toContain(`\n  ${python} -m pip install PyYAML\n`);
  });

  it('is added to a project that uv locks, whose environment is found above the script', async () => {
    const project = tempFolder();
    const folder = path.join(project, 'src');
    mkdirSync(folder);
    writeFileSync(path.join(project, 'pyproject.toml'), '');
    writeFileSync(path.join(project, 'uv.lock'), '');
    const { python } = await newVenv(path.join(project, '.venv'));
    const script = writeScript('import no_such_module\n', 'script.py', folder);
    const { report } = await examine(script);
    expect(report).toMatchObject({
      interpreter: { path: python, reason: `.venv in ${project}, above the script` },
      problem: { fixes: [{ commands: [`uv add no_such_module --project "${project}"`] }] },
    });
  });

  onUnix.it('belongs in the environment of the project, which may be broken', async () => {
    const script = writeScript('import no_such_module\n');
    const venv = path.join(path.dirname(script), '.venv');
    mkdirSync(path.join(venv, 'bin'), { recursive: true });
    writeFileSync(path.join(venv, 'pyvenv.cfg'), 'home = /nowhere\n');
    const python = path.join(venv, 'bin', 'python');
    symlinkSync('/nowhere/python3', python);
    const env = { PROMPTFOO_PYTHON: undefined };
    const { code, stdout } = await runCli(['doctor', script, '--json'], { env });
    expect(code).toBe(3);
    const { interpreter: used, warnings, problem } = JSON.parse(stdout);
    expect(warnings).toEqual([
      `passed over ${python} (.venv beside the script): is a symbolic link to nothing`,
    ]);
    expect(problem.fixes).toEqual([
      {
        text: expect.stringContaining(`The project's environment, ${venv}, does not work.`),
        commands: [
          `"${used.path}" -m venv --clear "${venv}"`,
          `"${python}" -m pip install no_such_module`,
        ],
      },
    ]);
    // The error of a pool says the same.
    const call = await runCli(['call', script, 'f'], { env });
    const [{ text, commands }] = problem.fixes;
    expect(call.stderr).toContain(`\n${text} ${commands.join(' && ')}\n`);
    const { stderr } = await runCli(['doctor', script, '--verbose'], { env });
    expect(stderr).toContain(`[python-worker-pool] passes over ${python} (.venv beside`);
    expect(stderr.match(/ uses /g)).toHaveLength(1);
  });

  it('may be in requirements.txt', async () => {
    const script = writeScript('import no_such_module\n');
    const requirements = path.join(path.dirname(script), 'requirements.txt');
    writeFileSync(requirements, '');
    const { report } = await examine(script);
    const commands = report.problem.fixes.flatMap((fix: { commands: string[] }) => fix.commands);
    expect(commands).toContainEqual(expect.stringMatching(/ -m pip install no_such_module$/));
    expect(commands).toContainEqual(expect.stringContaining(` -m pip install -r ${requirements}`));
  });

  it('may have been removed from Python, or be one of the user', async () => {
    for (const [name, words] of [
      ['urllib2', /module of Python 2/],
      ['utils', /If 'utils' is a module of your own/],
    ] as const) {
      const { code, report } = await examine(writeScript(`import ${name}\n`));
      expect(code).toBe(3);
      expect(report.problem).toMatchObject({
        missing: name,
        fixes: [{ text: expect.stringMatching(words), commands: [] }],
      });
    }
  });

  it('may be installed where Python does not search', async () => {
    const folder = tempFolder();
    const inner = path.join(folder, 'my_package', 'providers');
    mkdirSync(inner, { recursive: true });
    writeFileSync(path.join(folder, 'my_package', '__init__.py'), '');
    const script = writeScript('import my_package\n', 'provider.py', inner);
    const { code, report } = await examine(script);
    expect(code).toBe(3);
    expect(report.problem.fixes).toEqual([
      {
        text: expect.stringContaining(`'my_package' is in ${folder}, which Python does not search`),
        commands: [expect.stringContaining(`PYTHONPATH=`)],
      },
    ]);
  });
});

describe('a script that cannot be imported', () => {
  it('is reported with what the file is', async () => {
    for (const [name, source, words] of [
      ['script.py', 'print "hello"\n', / is Python 2: line 1 has a print statement/],
      ['script.js', 'const x = 1;\n', / is JavaScript, not Python/],
      ['script.ipynb', '{"cells": [null], "nbformat": 4}', / is a Jupyter notebook/],
    ] as const) {
      const script = writeScript(source, name);
      const { code, report } = await examine(script);
      expect(code).toBe(3);
      const [{ text, commands }] = report.problem.fixes;
      expect(text.startsWith(script)).toBe(true);
      expect(text).toMatch(words);
      expect(commands).toEqual([]);
    }
    const empty = await examine(writeScript('\n'));
    expect(empty.code).toBe(1);
    expect(empty.report.problem.message).toMatch(/script\.py is empty, so it has no functions/);
  });

  it('is reported with its error and probable causes', async () => {
    const syntax = await runCli(['doctor', writeScript('x = = 1\n')]);
    expect(syntax.code).toBe(3);
    expect(syntax.stdout).toMatch(/Problem: {3}File ".*script\.py", line 1\n[\s\S]*SyntaxError: /);
    expect(syntax.stdout).toContain('newer Python than 3.');

    const exit = await runCli(['doctor', writeScript('import sys\nsys.exit(0)\n')]);
    expect(exit.code).toBe(3);
    expect(exit.stdout).toContain("if __name__ == '__main__':");

    const other = await examine(writeScript('def f(): raise KeyError("k")\nf()\n'));
    expect(other).toMatchObject({
      code: 3,
      report: { problem: { message: "KeyError: 'k'", fixes: [] } },
    });
    expect(other.report.problem.traceback).not.toMatch(/examine|_python_worker_pool/);
  });

  it('may end Python, or may take too long', async () => {
    const exits = writeScript('import os\nos._exit(7)\n');
    expect((await runCli(['doctor', exits])).stderr).not.toContain('crashed');
    const crash = await examine(exits);
    expect(crash).toMatchObject({
      code: 3,
      report: {
        problem: { code: 'ERR_PYTHON_LOAD', message: expect.stringContaining('(exit code 7)') },
      },
    });
    const slow = writeScript('import time\ntime.sleep(60)\n');
    const late = await runCli(['doctor', slow, '--startup-timeout', '2000']);
    expect(late.code).toBe(3);
    expect(late.stdout).toContain('The import took longer than 2000 ms');
    expect(late.stdout).toContain('raise --startup-timeout');
  });

  it('may not exist', async () => {
    const { code, report } = await examine('not-there.py');
    expect(code).toBe(3);
    expect(report).toMatchObject({
      ok: false,
      interpreter: null,
      problem: { code: 'ERR_SCRIPT', message: expect.stringContaining('not-there.py') },
    });
  });
});

describe('Python', () => {
  it('may not exist', async () => {
    const { code, report } = await examine(SCRIPT, '--python', 'no-such-python');
    expect(code).toBe(4);
    expect(report).toMatchObject({
      interpreter: null,
      problem: {
        code: 'ERR_PYTHON_NOT_FOUND',
        attempts: ['no-such-python (pythonPath): not on PATH'],
      },
    });
  });

  onUnix.it('may be too old', async () => {
    const old = writeProgram(runningAs(await interpreter(), [3, 6, 15]));
    const { code, stdout } = await runCli(['doctor', SCRIPT, '--python', old]);
    expect(code).toBe(4);
    expect(stdout).toContain(`${old} (--python): is Python 3.6.15, but 3.7 or newer is required`);
    expect(stdout).toContain('name an interpreter with --python');
  });
});

describe('Ctrl-C', () => {
  onUnix.it('ends the import, and leaves no process', async () => {
    const outcome = await interruptImport((script) => ['doctor', script]);
    expect(outcome).toMatchObject({ code: 130, stdout: '', stderr: 'Interrupted\n' });
  });
});
