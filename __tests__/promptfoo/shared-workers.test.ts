/** The workers of functions, which all callers of one script share. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  functions,
  PythonProvider,
  providerRegistry,
  pythonAssert,
  runPython,
} from 'python-worker-pool/promptfoo';
import {
  afterTest,
  allGone,
  eventually,
  interpreter,
  isAlive,
  linesOf,
  onUnix,
  ROOT,
  rejection,
  runNode,
  shutdownAtEnd,
  startProgram,
  withEnvironment,
  writeScript,
} from '../support';

/** Its functions return the pid of their worker, which also writes it when it imports the script. */
const PID = `
import os
with open(__file__ + ".pids", "a") as file:
    print(os.getpid(), file=file)
def pid(*args): return os.getpid()
def get_assert(*args): return os.getpid()
def call_api(*args): return {"output": os.getpid()}
`;

/** A new script; the workers of its functions end after the test. */
function newScript(source = PID): string {
  afterTest(() => providerRegistry.shutdownAll());
  return writeScript(source);
}

const pidOf = (script: string): Promise<number> => runPython(script, 'pid', []);

describe('the functions of a script', () => {
  it('share workers, whoever calls them', async () => {
    const script = newScript();
    const { base, dir } = path.parse(script);
    const pids = await Promise.all([
      runPython(script, 'pid', []),
      runPython(path.relative(process.cwd(), script), 'get_assert', []),
      functions(base, dir).pid(),
      functions(`file://${script}`)('output', {}),
      pythonAssert('output', { config: { script } }),
    ]);
    expect(new Set(pids).size).toBe(1);
    expect(linesOf(`${script}.pids`)).toEqual([String(pids[0])]);
  });

  it('do not share them with those of another script', async () => {
    expect(await pidOf(newScript())).not.toBe(await pidOf(newScript()));
  });

  it('do not share them with a provider', async () => {
    const script = newScript();
    const provider = shutdownAtEnd(new PythonProvider(script));
    const { output } = await provider.callApi('');
    expect(await pidOf(script)).not.toBe(output);
  });

  it('have workers for each interpreter', async () => {
    const script = newScript();
    const before = await pidOf(script);
    const PROMPTFOO_PYTHON = await interpreter();
    expect(await withEnvironment({ PROMPTFOO_PYTHON }, () => pidOf(script))).not.toBe(before);
    expect(await pidOf(script)).toBe(before);
  });

  it('get new workers when the script changes', async () => {
    const script = newScript();
    const before = await pidOf(script);
    writeFileSync(script, `${PID}# changed\n`);
    const after = await pidOf(script);
    expect(after).not.toBe(before);
    await allGone([before]);
    expect(isAlive(after)).toBe(true);
  });
});

describe('a crash', () => {
  const CRASH = `${PID}\ndef crash(*args): os._exit(3)\n`;
  const codeOf = async (script: string) => (await rejection(runPython(script, 'crash', []))).code;

  it('is the failure of its call only, also after many in a row', async () => {
    const script = newScript(CRASH);
    const codes: string[] = [];
    for (let time = 0; time < 4; time += 1) {
      codes.push(await codeOf(script));
    }
    expect(codes).toEqual(codes.map(() => 'ERR_WORKER_CRASHED'));
    expect(await pidOf(script)).toEqual(expect.any(Number));
  });

  it('is not the failure of calls that wait', async () => {
    const script = newScript(CRASH);
    await pidOf(script);
    const crashes = [1, 2, 3, 4].map(() => codeOf(script));
    const pid = pidOf(script);
    expect(await Promise.all(crashes)).toEqual(crashes.map(() => 'ERR_WORKER_CRASHED'));
    expect(await pid).toEqual(expect.any(Number));
  });

  it('does not change the number of workers', async () => {
    const script = newScript(CRASH);
    const config = { script, workers: 2 };
    await pythonAssert('output', { config });
    await Promise.all(Array.from({ length: 8 }, () => codeOf(script)));
    await pidOf(script);
    const living = () => linesOf(`${script}.pids`).filter((pid) => isAlive(Number(pid))).length;
    await eventually('both workers', () => living() === 2);
  });

  it('before any call has begun is an error', async () => {
    const script = newScript('import os\nos._exit(3)\n');
    expect(await rejection(pidOf(script))).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
  });
});

describe('the registry', () => {
  it('ends the workers of functions, and forgets them', async () => {
    const script = newScript();
    const before = await pidOf(script);
    expect(providerRegistry.providers.size).toBe(1);
    await providerRegistry.shutdownAll();
    await allGone([before]);
    expect(providerRegistry.providers.size).toBe(0);
    expect(await pidOf(script)).not.toBe(before);
  });

  it('ends calls that are still running', async () => {
    const script = newScript(`import time\n${PID}\ndef wait(): time.sleep(60)\n`);
    await pidOf(script);
    const call = rejection(runPython(script, 'wait', []));
    await providerRegistry.shutdownAll();
    expect(await call).toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });
});

describe('the number of workers', () => {
  it('is that of PROMPTFOO_PYTHON_WORKERS', async () => {
    const script = newScript();
    await withEnvironment({ PROMPTFOO_PYTHON_WORKERS: '2' }, () => pidOf(script));
    expect(linesOf(`${script}.pids`)).toHaveLength(2);
  });

  it('is that of the first assertion', async () => {
    const script = newScript();
    await pythonAssert('output', { config: { script, workers: '2' } });
    await pidOf(script);
    expect(linesOf(`${script}.pids`)).toHaveLength(2);
  });
});

describe('a configuration', () => {
  it('that is not valid fails its assertion, and does not count as the first', async () => {
    const script = newScript();
    const result = await pythonAssert('output', { config: { script, workers: 1.5 } });
    expect(() => 'pass' in Object(result)).toThrow('1.5');
    await pythonAssert('output', { config: { script, workers: 2 } });
    expect(linesOf(`${script}.pids`)).toHaveLength(2);
  });

  /** What is printed on stderr by assertions with these configurations, one after the other. */
  async function warnings(configs: readonly object[]): Promise<string[]> {
    const script = writeScript(PID);
    const source = `
      const { pythonAssert } = require(${JSON.stringify(ROOT)});
      for (const config of JSON.parse(argv[0])) await pythonAssert('', { config });`;
    const argument = JSON.stringify(configs.map((config) => ({ script, ...config })));
    const { code, stderr } = await runNode(source, [argument], {
      env: { ...process.env, PROMPTFOO_PYTHON_WORKERS: '' },
    });
    expect(code).toBe(0);
    return stderr.split('\n').filter(Boolean);
  }

  it('that comes later and differs is one warning', async () => {
    const [warning, ...others] = await warnings([
      { workers: 2 },
      { workers: 3 },
      { workers: 4, concurrencyPerWorker: 2 },
    ]);
    expect(others).toEqual([]);
    expect(warning).toContain('`config.workers: 3` is ignored');
    expect(warning).toContain('the first call started with `workers: 2`');
  });

  it.each([
    ['workers', [{ workers: 1 }, { workers: 2 }]],
    ['workers', [{}, { workers: 2 }]],
    ['concurrencyPerWorker', [{ concurrencyPerWorker: 2 }, { concurrencyPerWorker: 3 }]],
    ['concurrencyPerWorker', [{}, { concurrencyPerWorker: 2 }]],
  ])('that has other %s is a warning: %j', async (name, configs) => {
    expect(await warnings(configs)).toEqual([expect.stringContaining(`\`config.${name}: `)]);
  });

  it('that is not valid, but the same each time, is a warning about its value only', async () => {
    expect(await warnings([{ workers: 0 }, { workers: 0 }])).toEqual([
      expect.stringContaining('Invalid worker count 0'),
    ]);
  });

  it.each([
    [[{ workers: 2 }, {}]],
    [[{ workers: 2 }, { workers: '2', concurrencyPerWorker: 1 }]],
    [[{}, { workers: 1 }]],
    [[{ concurrencyPerWorker: 4 }, { concurrencyPerWorker: null }]],
  ])('that agrees is none: %j', async (configs) => {
    expect(await warnings(configs)).toEqual([]);
  });
});

describe('the timeout of a call', () => {
  const WAIT = 'import time\ndef wait(*args): time.sleep(60)\ndef nap(*args): time.sleep(0.3)\n';
  const prompt = { raw: 'text', label: 'label' };

  it('is REQUEST_TIMEOUT_MS', async () => {
    const script = newScript(WAIT);
    const error = await withEnvironment({ REQUEST_TIMEOUT_MS: '100' }, () =>
      rejection(runPython(script, 'wait', [])),
    );
    expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', timeout: 100 });
  });

  it.each([
    ['an assertion', ['output', { test: {}, providerResponse: {} }]],
    ['the score', [{}, { componentResults: [] }]],
    ['a transform', ['output', { vars: {}, prompt }]],
    ['a prompt', [{ vars: {}, provider: { id: 'x' }, config: {} }]],
    ['a variable', ['name', 'prompt', {}]],
  ])('is that of the test case for %s', async (_, args) => {
    const script = newScript(WAIT);
    const { wait } = functions(script);
    // What an assertion raises is thrown where its result is copied.
    const error = await withEnvironment({ PROMPTFOO_EVAL_TIMEOUT_MS: '100' }, () =>
      rejection(wait(...args).then((result) => ({ ...result }))),
    );
    expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', timeout: 100 });
  });

  it('is that of the test case for a prompt that promptfoo’s Node API passes its provider', async () => {
    class Provider {
      id = () => 'x';
      async callApi() {}
    }
    const { wait } = functions(newScript(WAIT));
    const error = await withEnvironment({ PROMPTFOO_EVAL_TIMEOUT_MS: '100' }, () =>
      rejection(wait({ vars: {}, provider: new Provider() })),
    );
    expect(error).toMatchObject({ code: 'ERR_CALL_TIMEOUT', timeout: 100 });
  });

  it.each([
    ['test cases', []],
    ['variables of all tests', [{ a: 1 }, { prompt: {}, uuid: 'x' }]],
    ['a hook', [{ suite: {} }, { hookName: 'beforeAll' }]],
    ['a hook with its name', ['beforeAll', { suite: {} }]],
  ])('is not that of a test case for %s', async (_, args) => {
    const { nap } = functions(newScript(WAIT));
    await withEnvironment({ PROMPTFOO_EVAL_TIMEOUT_MS: '100' }, () => nap(...args));
  });

  it('is not that of a test case for runPython, which is given a signal instead', async () => {
    const script = newScript(WAIT);
    await withEnvironment({ PROMPTFOO_EVAL_TIMEOUT_MS: '100' }, () =>
      runPython(script, 'nap', ['name', 'prompt', {}]),
    );
  });

  it('is REQUEST_TIMEOUT_MS, even if a test case has less', async () => {
    const { nap } = functions(newScript(WAIT));
    const limits = { REQUEST_TIMEOUT_MS: '60000', PROMPTFOO_EVAL_TIMEOUT_MS: '100' };
    await withEnvironment(limits, () => nap('name', 'prompt', {}));
  });
});

it.each([
  [{ PROMPTFOO_PYTHON: '/nowhere/python' }, 'PROMPTFOO_PYTHON'],
  [{ PYTHON_WORKER_STARTUP_TIMEOUT: '1' }, 'raise PYTHON_WORKER_STARTUP_TIMEOUT'],
])('errors name what can be set: %j', async (environment, name) => {
  const script = newScript(`import time\ntime.sleep(60)\n${PID}`);
  const { message } = await withEnvironment(environment, () => rejection(pidOf(script)));
  expect(message).toContain(name);
  expect(message).not.toMatch(/\boption\b|pythonPath/);
});

it('errors do not name options that functions have not', async () => {
  const script = newScript('def nan(): return float("nan")\n');
  const error = await rejection(runPython(script, 'nan', []));
  expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', script, function: 'nan' });
  expect(error.message).toMatch(/; return None or a string$/);
});

onUnix.it.each(['SIGINT', 'SIGTERM'] as const)(
  'a host that %s ends sees no call fail, and leaves no worker',
  async (signal) => {
    const script = newScript(`import time\n${PID}\ndef wait(): time.sleep(60)\n`);
    const program = `
      const { runPython } = require(${JSON.stringify(path.join(ROOT, 'dist', 'promptfoo.js'))});
      const again = () => {
        console.log('failed');
        return runPython(${JSON.stringify(script)}, 'pid', []);
      };
      runPython(${JSON.stringify(script)}, 'pid', []).then(console.log);
      runPython(${JSON.stringify(script)}, 'wait', []).catch(again);
      setInterval(() => {}, 1000);`;
    const { child, stdout, exit } = startProgram([process.execPath, '-e', program]);
    const pid = await eventually('the pid of the worker', () => Number.parseInt(stdout(), 10));
    child.kill(signal);
    expect(await exit()).toMatchObject({ code: null, signal });
    expect(stdout()).toBe(`${pid}\n`);
    await allGone([pid]);
  },
);
