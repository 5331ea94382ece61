/** What coming versions of promptfoo say of an invocation, in async contexts: its environment and its concurrency. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { getEnvInt, providerRegistry, runPython } from 'python-worker-pool/promptfoo';
import {
  afterTest,
  allGone,
  interpreter,
  linesOf,
  newProvider,
  rejection,
  type TestConfig,
  withEnvironment,
  writeScript,
} from '../support';

const ENVIRONMENT = Symbol.for('promptfoo.environmentContext.v1');
const MAX_CONCURRENCY = Symbol.for('promptfoo.maxConcurrencyContext.v1');

interface Invocation {
  env?: unknown;
  envFileOverrides?: unknown;
}

/** Its functions return variables of their environment, and the pid of their worker, which is also written. */
const SCRIPT = `
import os, time
with open(__file__ + ".pids", "a") as file:
    print(os.getpid(), file=file)
def value(name): return os.environ.get(name)
def pid(): return os.getpid()
def wait(*args): time.sleep(60)
def call_api(name, *args): return {"output": os.environ.get(name), "pid": os.getpid()}
`;

const environment = new AsyncLocalStorage<unknown>();
const concurrency = new AsyncLocalStorage<unknown>();

/** Puts something where promptfoo has a context, until the test ends. */
function install(symbol: symbol, context: unknown): void {
  Reflect.set(globalThis, symbol, context);
  afterTest(() => {
    Reflect.deleteProperty(globalThis, symbol);
  });
}

/** Runs `body` in an invocation of promptfoo. */
function invoked<T>(invocation: Invocation, body: () => T): T {
  install(ENVIRONMENT, environment);
  return environment.run({ invocation: {}, env: undefined, ...invocation }, body);
}

/** Runs `body` in an invocation with this concurrency. */
function limited<T>(maxConcurrency: unknown, body: () => T): T {
  install(MAX_CONCURRENCY, concurrency);
  return concurrency.run({ maxConcurrency }, body);
}

function newScript(source = SCRIPT): string {
  afterTest(() => providerRegistry.shutdownAll());
  return writeScript(source);
}

const file = (envFileOverrides: unknown, env?: unknown): Invocation => ({ envFileOverrides, env });
const provide = (config: TestConfig = {}, env: Record<string, string> = {}) =>
  newProvider(SCRIPT, config, { env }).provider;

/** How many workers a call has started. */
async function workers(config: TestConfig = {}, env: Record<string, string> = {}) {
  const provider = provide(config, env);
  await provider.callApi('', { logger: {} });
  return provider.pool?.getWorkerCount();
}

describe('the variables of --env-file', () => {
  it('are in the environment of functions', async () => {
    const script = newScript();
    const values = await invoked(file({ TOKEN: 'secret', COUNT: 3, ON: true }), () =>
      Promise.all(['TOKEN', 'COUNT', 'ON'].map((name) => runPython(script, 'value', [name]))),
    );
    expect(values).toEqual(['secret', '3', 'true']);
  });

  it('are in the environment of a provider, before those of the process', async () => {
    const provider = provide();
    await withEnvironment({ TOKEN: 'of the process' }, async () => {
      const call = () => provider.callApi('TOKEN');
      expect(await invoked(file({ TOKEN: 'of the file' }), call)).toMatchObject({
        output: 'of the file',
      });
    });
  });

  it('leave the others as they are', async () => {
    const { output } = await invoked(file({ TOKEN: '1' }), () => provide().callApi('PATH'));
    expect(output).toBe(process.env.PATH);
  });

  it('are in the environment of a Python file that the configuration refers to', async () => {
    const { provider, script } = newProvider(
      'def call_api(p, options, c): return {"output": options["config"]["given"]}',
      { given: 'file://settings.py' },
    );
    const settings = path.join(path.dirname(script), 'settings.py');
    writeFileSync(settings, 'import os\ndef get_config(): return os.environ["TOKEN"]\n');
    for (const TOKEN of ['secret', 'other', 'secret']) {
      const { output } = await invoked(file({ TOKEN }), () => provider.callApi(''));
      expect(output).toBe(TOKEN);
    }
  });

  it('do not change an environment that the configuration has as a whole', async () => {
    const { PATH } = process.env;
    const provider = provide({ pool: { env: { PATH }, extraEnv: { MORE: 'more' } } });
    const [token, more] = await invoked(file({ TOKEN: 'secret' }), () =>
      Promise.all(['TOKEN', 'MORE'].map((name) => provider.callApi(name))),
    );
    expect([token?.output, more?.output]).toEqual([null, 'more']);
  });

  it('yield to `extraEnv`', async () => {
    const provider = provide({ pool: { extraEnv: { TOKEN: 'extra' } } });
    const { output } = await invoked(file({ TOKEN: 'file' }), () => provider.callApi('TOKEN'));
    expect(output).toBe('extra');
  });
});

it('the variables under `env` in the configuration are not inherited, as with promptfoo’s own', async () => {
  const script = newScript();
  expect(
    await invoked({ env: { TOKEN: 'secret' } }, () => runPython(script, 'value', ['TOKEN'])),
  ).toBeNull();
});

describe('invocations with different environments', () => {
  const INVOCATIONS: [string, Invocation, Invocation][] = [
    ['files', file({ TOKEN: '1' }), file({ TOKEN: '2' })],
    ['files, of which one has no variables', file({ TOKEN: '1' }), file({})],
    ['`env`', { env: { TOKEN: '1' } }, { env: { TOKEN: '2' } }],
  ];

  it.each(INVOCATIONS)('do not share the workers of functions: %s', async (_, one, other) => {
    const script = newScript();
    const pid = () => runPython(script, 'pid', []);
    const pids = await Promise.all([invoked(one, pid), invoked(other, pid), invoked(one, pid)]);
    expect(new Set(pids).size).toBe(2);
    expect(pids[0]).toBe(pids[2]);
    expect(linesOf(`${script}.pids`)).toHaveLength(2);
  });

  it.each(INVOCATIONS)('do not share the workers of a provider: %s', async (_, one, other) => {
    const provider = provide();
    const call = () => provider.callApi('TOKEN');
    const [a, b] = await Promise.all([invoked(one, call), invoked(other, call)]);
    const again = await invoked(one, call);
    expect(again).toEqual(a);
    expect(b).not.toHaveProperty('pid', Reflect.get(a as object, 'pid'));
  });

  it('get their own values at the same time', async () => {
    const script = newScript();
    const value = () => runPython(script, 'value', ['TOKEN']);
    const tokens = ['a', 'b', 'c'];
    const calls = tokens.map((TOKEN) => invoked(file({ TOKEN }), value));
    expect(await Promise.all(calls)).toEqual(tokens);
    expect(await value()).toBeNull();
  });

  it('end with their provider, all of them', async () => {
    const provider = provide();
    const pids = await Promise.all(
      ['1', '2'].map(async (TOKEN) => {
        const answer = await invoked(file({ TOKEN }), () => provider.callApi(''));
        return Number(Reflect.get(answer, 'pid'));
      }),
    );
    expect(providerRegistry.providers.has(provider)).toBe(true);
    await provider.shutdown();
    await allGone(pids);
    expect(providerRegistry.providers.has(provider)).toBe(false);
    expect(provider.pool).toBeNull();
  });
});

it('equal variables in another order are the same environment', async () => {
  const script = newScript();
  const pid = () => runPython(script, 'pid', []);
  const one = await invoked(file({ A: '1', B: '2' }), pid);
  expect(await invoked(file({ B: '2', A: '1' }), pid)).toBe(one);
});

describe('a look-up', () => {
  const NAME = 'PROMPTFOO_PYTHON_WORKERS';

  it.each<[string, number, Record<string, string>, Invocation]>([
    ['the provider', 2, { [NAME]: '2' }, file({ [NAME]: '4' }, { [NAME]: '3' })],
    ['`env`', 3, {}, file({ [NAME]: '4' }, { [NAME]: '3' })],
    ['--env-file', 4, {}, file({ [NAME]: '4' })],
    ['the process', 5, {}, file({ OTHER: '4' })],
    ['none of them if the first is not a number', 1, { [NAME]: '' }, file({ [NAME]: '4' })],
  ])('finds that of %s', async (_, expected, env, invocation) => {
    await withEnvironment({ [NAME]: '5' }, async () => {
      expect(await invoked(invocation, () => workers({}, env))).toBe(expected);
    });
  });

  it('is for the timeout, too', async () => {
    const script = newScript();
    const wait = () => rejection(runPython(script, 'wait', []));
    const timeout = { REQUEST_TIMEOUT_MS: '100' };
    expect(await invoked(file(timeout), wait)).toMatchObject({ timeout: 100 });
    expect(await invoked({ env: timeout }, wait)).toMatchObject({ timeout: 100 });
  });

  it.each([
    file({ PYTHON_WORKER_STARTUP_TIMEOUT: '1' }),
    { env: { PYTHON_WORKER_STARTUP_TIMEOUT: '1' } },
  ])('is for the timeout of imports, too: %j', async (invocation) => {
    const script = newScript('import time\ntime.sleep(60)\n');
    const pid = () => rejection(runPython(script, 'pid', []));
    expect(await invoked(invocation, pid)).toMatchObject({ code: 'ERR_STARTUP_TIMEOUT' });
  });

  it('is for the interpreter, too', async () => {
    const script = newScript();
    const pid = () => runPython(script, 'pid', []);
    const before = await pid();
    const PROMPTFOO_PYTHON = await interpreter();
    expect(await invoked({ env: { PROMPTFOO_PYTHON } }, pid)).not.toBe(before);
    const missing = { PROMPTFOO_PYTHON: '/nowhere/python' };
    expect(await invoked(file(missing), () => rejection(pid()))).toMatchObject({
      code: 'ERR_PYTHON_NOT_FOUND',
    });
  });

  it('is what getEnvInt does', async () => {
    const read = () => getEnvInt('PWP_TEST_NUMBER');
    await withEnvironment({ PWP_TEST_NUMBER: '1' }, () => {
      expect(invoked(file({ PWP_TEST_NUMBER: '2' }, { PWP_TEST_NUMBER: 3 }), read)).toBe(3);
      expect(invoked(file({ PWP_TEST_NUMBER: '2' }), read)).toBe(2);
      expect(invoked({}, read)).toBe(1);
      expect(read()).toBe(1);
    });
  });
});

describe('the concurrency of an invocation', () => {
  it('is the number of workers of a provider', async () => {
    expect(await limited(3, () => workers())).toBe(3);
  });

  it('is the number of workers of functions', async () => {
    const script = newScript();
    await limited(3, () => runPython(script, 'pid', []));
    expect(linesOf(`${script}.pids`)).toHaveLength(3);
  });

  it('yields to settings for Python', async () => {
    expect(await limited(3, () => workers({ workers: 2 }))).toBe(2);
    expect(await limited(3, () => workers({}, { PROMPTFOO_PYTHON_WORKERS: '2' }))).toBe(2);
  });

  it('is 1 if nobody has set one', async () => {
    expect(await limited(undefined, () => workers())).toBe(1);
  });

  it('is read again after a shutdown', async () => {
    const provider = provide();
    const count = async () => {
      await provider.initialize();
      return provider.pool?.getWorkerCount();
    };
    expect(await limited(2, count)).toBe(2);
    await provider.shutdown();
    expect(await limited(3, count)).toBe(3);
  });
});

describe('a context that is not as expected', () => {
  const throwing = () => {
    throw new Error('from promptfoo');
  };
  const variables = (value: unknown) => ({
    getStore: () => ({ env: value, envFileOverrides: value }),
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['no getStore', {}],
    ['a getStore that is no function', { getStore: 3 }],
    ['a getStore that throws', { getStore: throwing }],
    ['a text as state', { getStore: () => 'state' }],
    ['an array as state', { getStore: () => [{}] }],
    [
      'a state that throws',
      { getStore: () => Object.defineProperty({}, 'env', { enumerable: true, get: throwing }) },
    ],
    ['a text in place of variables', variables('TOKEN=1')],
    ['an array in place of variables', variables(['TOKEN'])],
    ['variables that are objects', variables({ TOKEN: {}, PROMPTFOO_PYTHON_WORKERS: [4] })],
    [
      'variables that throw',
      variables(Object.defineProperty({}, 'TOKEN', { enumerable: true, get: throwing })),
    ],
    [
      'variables that no environment can have',
      variables({ '': '1', 'A=B': '1', TOKEN: 'a\0b', C: '\ud800' }),
    ],
  ])('does not break a call: %s', async (_, context) => {
    install(ENVIRONMENT, context);
    install(MAX_CONCURRENCY, context);
    const script = newScript();
    expect(await runPython(script, 'value', ['TOKEN'])).toBeNull();
    expect(await workers()).toBe(1);
    expect(getEnvInt('PROMPTFOO_PYTHON_WORKERS', 9)).toBe(9);
  });

  it.each(['4', 2.5, Number.NaN, null, {}])('is no number of workers: %j', async (value) => {
    expect(await limited(value, () => workers())).toBe(1);
  });
});
