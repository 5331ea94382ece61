/** The text that promptfoo shows of an error. Its table cuts it after 250 characters. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  functions,
  PythonProvider,
  providerRegistry,
  pythonAssert,
  runPython,
} from 'python-worker-pool/promptfoo';
import { PythonPoolError } from '../..';
import {
  afterTest,
  newProvider,
  onUnix,
  rejection,
  type TestConfig,
  tempFolder,
  writeScript,
} from '../support';

const CELL = 250;

/** As promptfoo makes it of what a provider throws. */
function cellOf(error: Error): string {
  const { stack = '' } = error;
  expect(stack.startsWith(String(error))).toBe(true);
  return stack;
}

/** Checks that the text has nothing of ours, and nothing twice. */
function checkText(text: string): void {
  expect(text).not.toMatch(/_python_worker_pool|dist[/\\]|node_modules|node:internal/);
  const lines = text.split('\n').filter((line) => /^\w+Error|^Install|^Interpreter/.test(line));
  expect(new Set(lines).size).toBe(lines.length);
}

async function failure(source: string, config: TestConfig = {}): Promise<PythonPoolError> {
  const { provider } = newProvider(source, { pool: { logger: {} }, ...config });
  return rejection(provider.callApi('')) as Promise<PythonPoolError>;
}

const RAISES = (code: string) => `def call_api(*args):\n    ${code}\n`;

describe('the first 250 characters of an error', () => {
  it.each<[string, string, TestConfig, (string | RegExp)[]]>([
    [
      'an exception',
      RAISES('raise ValueError("no")'),
      {},
      ['Error: Python error: ValueError: no\n', 'Traceback', 'in call_api'],
    ],
    [
      'a chain of exceptions',
      'def call_api(*args):\n    try: 1 / 0\n    except ZeroDivisionError as e: raise KeyError("x") from e\n',
      {},
      ["Error: Python error: KeyError: 'x'\n", 'Traceback'],
    ],
    [
      'a method that was called on its class',
      'class Client:\n    def ask(self, prompt, options, context): pass\n',
      { script: 'provider.py:Client.ask' },
      ['TypeError', "'Client.ask' is a method of instances"],
    ],
    [
      'a missing function',
      `${Array.from({ length: 40 }, (_, i) => `def function_${i}(): pass`).join('\n')}\ndef cal_api(): pass\n`,
      {},
      ["AttributeError: Function 'call_api' not found", "Did you mean 'cal_api'?"],
    ],
    [
      'a missing module',
      `${'\n'.repeat(5)}import surely_missing\n`,
      {},
      // How to install it, or into what if not into this Python.
      [
        "ModuleNotFoundError: No module named 'surely_missing'\n",
        /Install it.* surely_missing|managed by the system.*Create a virtual environment/,
      ],
    ],
    ['a syntax error', 'x = (\n', {}, ['SyntaxError: ', 'provider.py", line 1']],
    [
      'an exit of the import',
      'import sys\nsys.exit("no key")\n',
      {},
      ['SystemExit: no key\n', "Move that code below `if __name__ == '__main__':`."],
    ],
    [
      'an end of the process during the import',
      'import os\nos._exit(4)\n',
      {},
      ['(exit code 4)\n', 'os._exit()', 'Raise an exception'],
    ],
    [
      'an exception of the import',
      'KEY = {}["key"]\n',
      {},
      ["KeyError: 'key'\n", 'provider.py", line 1'],
    ],
    [
      'an interpreter that does not exist',
      '',
      { pythonExecutable: 'no-python' },
      ['Python 3 not found\n', 'name an interpreter with `config.pythonExecutable`'],
    ],
    [
      'an import that takes too long',
      'import time\ntime.sleep(60)\n',
      { pool: { startupTimeout: 200, logger: {} } },
      ['Worker failed to become ready within timeout', 'raise `config.pool.startupTimeout`'],
    ],
    [
      'a call that takes too long',
      RAISES('import time; time.sleep(60)'),
      { timeout: 200 },
      ['Error: Python worker timed out after 200ms\n', 'raise `config.timeout`'],
    ],
    [
      'a process that ends itself',
      RAISES('import os; os._exit(3)'),
      {},
      ['Error: Worker crashed (exit code 3)\n', 'os._exit()', 'Raise an exception'],
    ],
    [
      'a result that JSON cannot represent',
      RAISES('return {"output": float("nan")}'),
      {},
      ['output.output: nan is not JSON', "`config.pool.nan: 'null'`"],
    ],
    [
      'a result that is not a dict',
      RAISES('return "text"'),
      {},
      ['must return a dict with an own `output`', 'instead got: "text"'],
    ],
    [
      'a result that is too large',
      RAISES('return {"output": "x" * 5000}'),
      { pool: { maxPayload: 2000, logger: {} } },
      ['The result of the call takes 50', 'raise `config.pool.maxPayload`'],
    ],
    [
      'a wrong option',
      RAISES('pass'),
      { timeout: -3 },
      ['Invalid timeout: -3. Must be a number of milliseconds above 0'],
    ],
    [
      'a missing reference',
      RAISES('pass'),
      { text: 'file://missing.txt' },
      ['Error loading file reference file://missing.txt', 'ENOENT'],
    ],
  ])('says what happened, and what to do: %s', async (_, source, config, parts) => {
    const text = cellOf(await failure(source, config));
    for (const part of parts) {
      const matching = typeof part === 'string' ? expect.stringContaining : expect.stringMatching;
      expect(text.slice(0, CELL)).toEqual(matching(part as string));
    }
    checkText(text);
  });

  onUnix.it.each([
    ['a fault', 'ctypes.string_at(0)', 'SIGSEGV', 'a fault in compiled code'],
    ['an abort', 'os.abort()', 'SIGABRT', 'a fault in compiled code'],
    ['an end from outside', 'os.kill(os.getpid(), 9)', 'SIGKILL', 'SIGKILL from outside'],
    ['another signal', 'os.kill(os.getpid(), 1)', 'SIGHUP', 'sent this signal'],
  ])('says which signal ended the worker: %s', async (_, code, signal, advice) => {
    const error = await failure(`import ctypes, os\n${RAISES(code)}`);
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal });
    // promptfoo repeats a call whose message contains a word such as "timeout", or "503".
    expect(error.message).toBe(`Worker crashed (signal ${signal})`);
    const text = cellOf(error);
    expect(text.slice(0, CELL)).toContain(advice);
    checkText(text);
  });

  onUnix.it('says which signal ended the import', async () => {
    const error = await failure('import ctypes\nctypes.string_at(0)\n');
    const text = cellOf(error);
    expect(text.slice(0, CELL)).toMatch(/signal SIGSEGV\)\n.*fault in compiled code/);
    expect(text).toContain('provider.py", line 2');
    checkText(text);
  });

  it('says why no worker is left', async () => {
    const { provider } = newProvider('import os\ndef call_api(*args): os._exit(3)\n', {
      pool: { maxCrashes: 1, logger: {} },
    });
    await rejection(provider.callApi(''));
    let error = await rejection(provider.callApi(''));
    while (!error.message.startsWith('All 1 ')) {
      error = await rejection(provider.callApi(''));
    }
    const text = cellOf(error);
    expect(text).toContain('Last crash: Worker crashed (exit code 3)\n');
    expect(text).toContain('start a new evaluation or change the script');
    expect(text).toContain('os._exit()');
    checkText(text);
  });

  it('names the settings of a queue', async () => {
    const { provider } = newProvider('import time\ndef call_api(*args): time.sleep(60)\n', {
      pool: { queueTimeout: 100, maxQueue: 1, logger: {} },
    });
    const [, waiting, refused] = ['a', 'b', 'c'].map((prompt) =>
      rejection(provider.callApi(prompt)),
    );
    for (const [call, name] of [
      [refused, 'maxQueue'],
      [waiting, 'queueTimeout'],
    ] as const) {
      const text = cellOf((await call) as Error).slice(0, CELL);
      expect(text).toContain(`\`config.pool.${name}\``);
    }
  });
});

describe('an error of a function', () => {
  const SOURCE = `
import os, time
def prompt(context): raise ValueError("no prompt")
def get_assert(output, context): os._exit(3)
def slow(): time.sleep(60)
`;

  beforeEach(() => afterTest(() => providerRegistry.shutdownAll()));

  it('has its text in the stack and in the message', async () => {
    const script = writeScript(SOURCE);
    const error = await rejection(functions(script).prompt({ vars: {} }));
    const text = cellOf(error);
    expect(text.slice(0, CELL)).toMatch(/^Error: Python error: ValueError: no prompt\nTraceback/);
    expect(error.message).toContain('in prompt');
    checkText(text);
    const crash = await rejection(runPython(script, 'get_assert', ['', {}]));
    expect(crash.message).toMatch(/^Worker crashed \(exit code 3\)\n.*os\._exit\(\)/);
  });

  it('is the reason of an assertion', async () => {
    const config = { script: writeScript(SOURCE) };
    const result = (await pythonAssert('', { config })) as object;
    expect(() => ({ ...result })).toThrow(/^Worker crashed \(exit code 3\)\n.*os\._exit\(\)/);
  });

  it.each([
    ['an assertion without a script', () => pythonAssert('', { config: {} })],
    ['a prompt without a function', () => functions('prompt.py')({ vars: {}, provider: {} })],
  ])('has no frames of ours: %s', async (_, call) => {
    checkText(cellOf(await rejection(call())));
  });
});

describe.each<[string, (script: string) => Promise<unknown>, missing: string]>([
  ['a provider', (script) => new PythonProvider(script).callApi(''), '`config.basePath`'],
  ['a function', (script) => functions(script).prompt({ vars: {} }), '`config.script`'],
  [
    'a reference',
    (script) =>
      new PythonProvider('provider.py', {
        config: { text: `file://${script}` } as TestConfig,
      }).callApi(''),
    '`config.basePath`',
  ],
])('an error of %s', (_, call, missing) => {
  it.each([
    ['a module in another folder', 'eval/a.py', 'import own_package', 'to PYTHONPATH.'],
    ['a module that may be there', 'eval/b.py', 'import utils', 'to PYTHONPATH.'],
    ['a relative import', 'eval/c.py', 'from . import a', 'absolute imports, and add'],
    ['a script that does not exist', 'missing/d.py', undefined, missing],
  ])(
    'has no advice that only other users of the pool can follow: %s',
    async (__, name, source, advice) => {
      const folder = tempFolder();
      const files = { 'pyproject.toml': '', 'src/own_package/__init__.py': '', [name]: source };
      for (const [file, text] of Object.entries(files)) {
        if (text !== undefined) {
          mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
          writeFileSync(path.join(folder, file), text);
        }
      }
      const { message, stack } = await rejection(call(path.join(folder, name)));
      expect(message).toContain(advice);
      expect(`${message}${stack}`).not.toMatch(/the option|\{ module|import\.meta/);
    },
  );
});

it('keeps the frames of the program that calls', async () => {
  const error = await failure('');
  expect(error.stack).toContain(__filename);
  expect(error).toBeInstanceOf(PythonPoolError);
});

onUnix.describe('a fault', () => {
  it.each([
    ['in a call', RAISES('ctypes.string_at(0)')],
    [
      'in a thread',
      RAISES('t = threading.Thread(target=ctypes.string_at, args=(0,)); t.start(); t.join()'),
    ],
    ['without faulthandler', `faulthandler.disable()\n${RAISES('ctypes.string_at(0)')}`],
    ['with one of the script', `faulthandler.enable()\n${RAISES('ctypes.string_at(0)')}`],
    [
      'in a coroutine',
      'async def call_api(*args):\n    await asyncio.sleep(0)\n    ctypes.string_at(0)\n',
    ],
  ])('is logged and reported as a crash, not as a timeout: %s', async (_, code) => {
    const log: string[] = [];
    const logger = {
      warn: (line: string) => log.push(line),
      error: (line: string) => log.push(line),
    };
    const { provider } = newProvider(`import asyncio, ctypes, faulthandler, threading\n${code}`, {
      workers: 1,
    });
    const error = await rejection(provider.callApi('', { logger }));
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal: 'SIGSEGV' });
    expect([...log, error.stack].join('\n')).not.toMatch(/timed out|timeout/);
  });

  it('ends its call as a crash, and leaves others alone, also with limits', async () => {
    const source = `import ctypes, time
def call_api(prompt, options, context):
    time.sleep(0.3)
    return ctypes.string_at(0) if prompt == "fault" else {"output": prompt}
`;
    const { provider } = newProvider(source, { workers: 2, timeout: 20_000, pool: { logger: {} } });
    const prompts = ['a', 'fault', 'b', 'fault', 'c', 'fault'];
    const results = await Promise.allSettled(prompts.map((prompt) => provider.callApi(prompt)));
    expect(
      results.map((result) =>
        result.status === 'fulfilled' ? result.value.output : result.reason.message,
      ),
    ).toEqual(
      prompts.map((prompt) => (prompt === 'fault' ? 'Worker crashed (signal SIGSEGV)' : prompt)),
    );
  });
});
