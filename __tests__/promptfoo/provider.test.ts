import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  type CallApiContext,
  PythonProvider,
  type PythonProviderConfig,
  providerRegistry,
} from '../..';
import {
  eventually,
  fixture,
  gate,
  isAlive,
  newProvider,
  rejection,
  shutdownAtEnd,
  tempFolder,
  withEnvironment,
  writeScript,
} from '../support';

const ECHO = `
import os
def call_api(prompt, options, context):
    return {"output": prompt, "options": options, "context": context, "pid": os.getpid()}
def call_embedding_api(prompt, options):
    return {"embedding": [1.5, len(prompt)], "options": options}
def call_classification_api(prompt, options):
    return {"classification": {"good": 0.75}, "options": options}
def other(prompt, options, context):
    return {"output": "other " + prompt}
`;

/** Returns what it is asked to. */
const ANSWER = `
import json
def call_api(prompt, options, context):
    return json.loads(prompt)
call_embedding_api = call_classification_api = lambda prompt, options: json.loads(prompt)
`;

const PERSISTENT = `
count = 0
def call_api(prompt, options, context):
    global count
    count += 1
    return {"output": count}
`;

describe('as promptfoo constructs it', () => {
  it('for a package: the script is in the configuration', async () => {
    const { provider } = newProvider(ECHO);
    expect(provider.id()).toBe('python:provider.py:default');
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi', cached: false });
  });

  it('as its own: the script comes first', async () => {
    const basePath = path.dirname(writeScript(ECHO, 'own.py'));
    const provider = shutdownAtEnd(
      new PythonProvider('file://own.py', { label: 'mine', config: { basePath, workers: 1 } }),
    );
    expect(provider.id()).toBe('python:own.py:default');
    expect(provider.label).toBe('mine');
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi' });
  });

  it.each(['provider.py:other', 'file://provider.py:other', 'python:provider.py:other'])(
    'with a function of its own: %s',
    async (script) => {
      const { provider } = newProvider(ECHO, { script });
      expect(provider.id()).toBe('python:provider.py:other');
      expect(await provider.callApi('hi')).toMatchObject({ output: 'other hi' });
    },
  );

  it('with an absolute path', async () => {
    const script = writeScript(ECHO);
    const provider = shutdownAtEnd(new PythonProvider({ config: { script } }));
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi' });
  });

  it('with an id that is more than the name of this package', () => {
    expect(newProvider(ECHO, {}, { id: 'my-id' }).provider.id()).toBe('my-id');
  });

  it.each([
    [{}, /no script: set `config.script`/],
    [{ config: { script: '' } }, /no script/],
    [{ config: { script: 'a.py', workers: 'four' } }, /`config.workers` must be a number: four/],
    [{ config: { script: 'a.py', workers: {} } }, /`config.workers` must be a number/],
    [{ config: { script: 'a.py', timeout: 'long' } }, /`config.timeout` must be a number: long/],
    [{ config: { script: 'a.py', pool: 3 } }, /`config.pool` must be an object/],
    [
      { config: { script: 'a.py', pool: { workers: 2 } } },
      /the number of workers is `config.workers`/,
    ],
  ])('refuses %j', (options, message) => {
    expect(() => new PythonProvider(options as never)).toThrow(message);
  });
});

describe('a call', () => {
  it('gives the script the prompt, the options and the context', async () => {
    const { provider } = newProvider(ECHO, { model: 'm', nested: { a: [1] } }, { label: 'l' });
    const { output, options, context } = await provider.callApi('hi', { vars: { a: 1 } });
    expect(output).toBe('hi');
    expect(options).toMatchObject({
      id: 'python:provider.py:default',
      label: 'l',
      config: { model: 'm', nested: { a: [1] }, script: 'provider.py' },
    });
    expect(context).toEqual({ vars: { a: 1 } });
  });

  it('gives it the trace context', async () => {
    const { provider } = newProvider(ECHO);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { context } = await provider.callApi('hi', { traceparent });
    expect(context).toEqual({ traceparent });
  });

  it('without a context gives it None', async () => {
    const { provider } = newProvider(ECHO);
    expect(await provider.callApi('hi')).toMatchObject({ context: null });
  });

  it('leaves out of the context what can not cross, and leaves the caller’s as it is', async () => {
    const { provider } = newProvider(ECHO);
    const test: Record<string, unknown> = { vars: { a: 1 }, callback: () => 1 };
    test.self = test;
    const context: CallApiContext = {
      vars: { a: 1 },
      test,
      logger: { debug: () => {} },
      getCache: () => ({ get: async () => undefined, set: async () => {} }),
      filters: { upper: () => '' },
      originalProvider: { id: () => 'x' },
    };
    const keys = Object.keys(context);
    const seen = (await provider.callApi('hi', context)).context;
    expect(seen).toEqual({ vars: { a: 1 }, test: { vars: { a: 1 } } });
    expect(Object.keys(context)).toEqual(keys);
    expect(context.test).toBe(test);
    expect(test.self).toBe(test);
  });

  it('embeds and classifies', async () => {
    const { provider } = newProvider(ECHO, { model: 'm' });
    expect(await provider.callEmbeddingApi('abc')).toMatchObject({
      embedding: [1.5, 3],
      options: { config: { model: 'm' } },
    });
    expect(await provider.callClassificationApi('abc')).toMatchObject({
      classification: { good: 0.75 },
    });
  });

  it('keeps what the script keeps from call to call', async () => {
    const { provider } = newProvider(PERSISTENT);
    const outputs = [];
    for (let call = 0; call < 3; call++) outputs.push((await provider.callApi('')).output);
    expect(outputs).toEqual([1, 2, 3]);
  });

  it('fails with the exception of the script', async () => {
    const { provider } = newProvider('def call_api(*a):\n    raise ValueError("no luck")\n');
    expect(await rejection(provider.callApi('hi'))).toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      message: expect.stringContaining('no luck'),
    });
  });

  it('that is aborted rejects, also while the workers start', async () => {
    const door = gate();
    const { provider } = newProvider(
      `import sys; sys.path.insert(0, ${JSON.stringify(path.dirname(fixture('waits_at_gate.py')))})
from waits_at_gate import wait
wait(${JSON.stringify(door.path)})
def call_api(prompt, options, context):
    return {"output": wait(prompt)}
`,
    );
    const starting = new AbortController();
    const call = rejection(provider.callApi('', {}, { abortSignal: starting.signal }));
    await door.reached();
    starting.abort(new Error('enough'));
    expect(await call).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    door.open();

    const inner = gate();
    const running = new AbortController();
    const second = rejection(provider.callApi(inner.path, {}, { abortSignal: running.signal }));
    await inner.reached();
    running.abort();
    expect(await second).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(
      await rejection(provider.callApi('', {}, { abortSignal: AbortSignal.abort() })),
    ).toMatchObject({ code: 'ABORT_ERR' });
  });
});

describe('a result', () => {
  const answer = async (value: unknown) => {
    const { provider } = newProvider(ANSWER);
    return provider.callApi(JSON.stringify(value));
  };

  it('with an error is a result', async () => {
    expect(await answer({ error: 'rate limit' })).toEqual({ error: 'rate limit', cached: false });
  });

  it('counts as one request where tokens are told', async () => {
    expect(await answer({ output: 'x', tokenUsage: { total: 5 } })).toEqual({
      output: 'x',
      tokenUsage: { total: 5, numRequests: 1 },
      cached: false,
    });
    expect(await answer({ output: 'x', tokenUsage: { total: 5, numRequests: 3 } })).toMatchObject({
      tokenUsage: { numRequests: 3 },
    });
  });

  it.each([null, 'text', 7, [], {}, { outputs: 1 }])('%j is none', async (value) => {
    await expect(answer(value)).rejects.toThrow(
      'The Python script `call_api` function must return a dict with an own `output` ' +
        'string/object or `error` string (inherited prototype properties are rejected), ' +
        `instead got: ${JSON.stringify(value)}`,
    );
  });

  it('has lists in the place of arrays of numbers, at any depth', async () => {
    const { provider } = newProvider(`
from array import array
table = memoryview(array("f", [1, 2, 3, 4, 5, 6])).cast("B").cast("f", [2, 3])
def call_api(prompt, options, context):
    return {
        "output": {"scores": [array("q", [1, -2])], "none": array("d"), "bytes": b"x"},
        "metadata": {"table": table},
    }
def call_embedding_api(prompt, options):
    return {"embedding": array("q", [2**53 - 1, int(prompt)])}
`);
    expect(await provider.callApi('')).toEqual({
      output: { scores: [[1, -2]], none: [], bytes: Buffer.from('x') },
      metadata: {
        table: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      cached: false,
    });
    expect(await provider.callEmbeddingApi('3')).toEqual({ embedding: [2 ** 53 - 1, 3] });
    await expect(provider.callEmbeddingApi(String(2 ** 53))).rejects.toThrow(
      'an array of int64 with 9007199254740992, which is beyond the integers of JavaScript',
    );
  });

  it('with an array of what is no number of JSON is refused, as with a list', async () => {
    for (const value of ['array.array("d", [1, float("nan")])', '[1, float("inf")]']) {
      const { provider } = newProvider(
        `import array\ndef call_embedding_api(*a): return {"embedding": ${value}}\n`,
      );
      await expect(provider.callEmbeddingApi('')).rejects.toThrow(/JSON|NaN|Infinity|inf/);
    }
  });

  it('of the other kinds is looked at as well', async () => {
    const { provider } = newProvider(ANSWER);
    await expect(provider.callEmbeddingApi('{"output": 1}')).rejects.toThrow(
      'The Python script `call_embedding_api` function must return a dict with an own ' +
        '`embedding` array or `error` string (inherited prototype properties are rejected), ' +
        'instead got {"output":1}',
    );
    await expect(provider.callClassificationApi('{"output": 1}')).rejects.toThrow(
      'The Python script `call_classification_api` function must return a dict with an own ' +
        '`classification` object or `error` string (inherited prototype properties are ' +
        'rejected), instead of {"output":1}',
    );
    expect(await provider.callEmbeddingApi('{"error": "e"}')).toEqual({ error: 'e' });
  });
});

describe('the workers', () => {
  it('are there after initialize, and gone after shutdown', async () => {
    const { provider } = newProvider(ECHO, { workers: 2 });
    expect(provider.pool).toBeNull();
    await Promise.all([provider.initialize(), provider.initialize()]);
    expect(provider.pool?.getWorkerCount()).toBe(2);
    expect(providerRegistry.providers.has(provider)).toBe(true);
    const { pid } = await provider.callApi('');
    await provider.shutdown();
    expect(provider.pool).toBeNull();
    expect(providerRegistry.providers.has(provider)).toBe(false);
    expect(isAlive(pid as number)).toBe(false);
    await provider.shutdown();
  });

  it('are gone after an evaluation by the command line', async () => {
    const { provider } = newProvider(ECHO);
    const { pid } = await provider.callApi('');
    await provider.cleanup();
    expect(isAlive(pid as number)).toBe(false);
  });

  it('start again at the next call', async () => {
    const { provider } = newProvider(PERSISTENT);
    await provider.callApi('');
    await provider.shutdown();
    expect(await provider.callApi('')).toMatchObject({ output: 1 });
    expect(providerRegistry.providers.has(provider)).toBe(true);
  });

  it('do not start by halves: the first to fail leaves none, and the next call tries again', async () => {
    const { provider, script } = newProvider('raise RuntimeError("not yet")');
    expect(await rejection(provider.callApi('hi'))).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
    expect(provider.pool).toBeNull();
    expect(providerRegistry.providers.has(provider)).toBe(false);
    writeFileSync(script, ECHO);
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi' });
  });

  it('of a script that is not there are not started', async () => {
    const provider = new PythonProvider('nowhere.py', { config: { basePath: tempFolder() } });
    expect(await rejection(provider.initialize())).toMatchObject({
      message: expect.stringContaining('nowhere.py'),
    });
  });

  it('that are shut down while they start leave nothing', async () => {
    const { provider } = newProvider('import time; time.sleep(60)');
    const starting = rejection(provider.initialize());
    await eventually('a pool', () => provider.pool);
    await provider.shutdown();
    expect(await starting).toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(providerRegistry.providers.has(provider)).toBe(false);
  });

  it('are not started for a call that is aborted already, or shut down before it began', async () => {
    const { provider } = newProvider(ECHO);
    const aborted = provider.callApi('', {}, { abortSignal: AbortSignal.abort() });
    expect(await rejection(aborted)).toMatchObject({ code: 'ABORT_ERR' });
    expect(provider.pool).toBeNull();
    const call = rejection(provider.callApi(''));
    await provider.shutdown();
    expect(await call).toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(provider.pool).toBeNull();
  });

  it('that were all given up are started again by initialize', async () => {
    const { provider } = newProvider('import os\ndef call_api(*a): os._exit(1)\n', {
      pool: { maxCrashes: 1, logger: {} },
    });
    expect(await rejection(provider.callApi(''))).toMatchObject({ code: 'ERR_WORKER_CRASHED' });
    await eventually('a dead pool', async () => {
      const { code } = await rejection(provider.callApi(''));
      return code === 'ERR_POOL_DEAD';
    });
    await provider.initialize();
    expect(await rejection(provider.callApi(''))).toMatchObject({ code: 'ERR_WORKER_CRASHED' });
  });

  it('take what the environment says, with that of the configuration before that of the process', async () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => warnings.push(message) };
    const script = 'import time\ndef call_api(*a): time.sleep(60)\n';
    const env = { REQUEST_TIMEOUT_MS: '200', PROMPTFOO_PYTHON_WORKERS: '2' };
    const { provider } = newProvider(script, {}, { env });
    await withEnvironment({ REQUEST_TIMEOUT_MS: '600000' }, async () => {
      expect(await rejection(provider.callApi('', { logger }))).toMatchObject({
        code: 'ERR_CALL_TIMEOUT',
        message: expect.stringContaining('200ms'),
      });
    });
    expect(provider.pool?.getWorkerCount()).toBe(2);
    // On Windows, and on a machine that is very busy, there is no stack to tell.
    for (const warning of warnings.filter((text) => text.includes('time was up'))) {
      expect(warning).toContain('in call_api');
    }

    const PROMPTFOO_PYTHON = '/no/such/python';
    const other = newProvider(ECHO, {}, { env: { PROMPTFOO_PYTHON } }).provider;
    expect(await rejection(other.initialize())).toMatchObject({
      code: 'ERR_PYTHON_NOT_FOUND',
      message: expect.stringContaining(PROMPTFOO_PYTHON),
    });
  });

  it('take the timeout and further options of the pool', async () => {
    const { provider } = newProvider('import time\ndef call_api(*a): time.sleep(60)\n', {
      timeout: 100,
      pool: { maxCrashes: 2 },
    });
    expect(await rejection(provider.callApi(''))).toMatchObject({ code: 'ERR_CALL_TIMEOUT' });
    const wrong = newProvider(ECHO, { pool: { maxCrashes: 0 } }).provider;
    expect(await rejection(wrong.initialize())).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('a script that has changed', () => {
  const version = (name: string) =>
    `import sys; sys.path.insert(0, ${JSON.stringify(path.dirname(fixture('waits_at_gate.py')))})
from waits_at_gate import wait
def call_api(prompt, options, context):
    return {"output": wait(prompt, "${name}") if prompt else "${name}"}
`;

  it('is loaded before the next call, and the calls of the old one come to their end', async () => {
    const { provider, script } = newProvider(version('old'), { workers: 2 });
    const door = gate();
    const running = provider.callApi(door.path);
    const [pid] = await door.reached();
    writeFileSync(script, version('new'));
    const calls = await Promise.all([provider.callApi(''), provider.callApi('')]);
    expect(calls.map(({ output }) => output)).toEqual(['new', 'new']);
    expect(isAlive(pid)).toBe(true);
    door.open();
    expect(await running).toMatchObject({ output: 'old' });
    await eventually('the end of the old worker', () => !isAlive(pid));
    expect(await provider.callApi('')).toMatchObject({ output: 'new' });
  });

  it('at once, also when neither its length nor, for the file system, its time has', async () => {
    const { provider, script } = newProvider(version('v0'));
    for (let number = 1; number < 4; number++) {
      writeFileSync(script, version(`v${number}`));
      expect(await provider.callApi('')).toMatchObject({ output: `v${number}` });
    }
  });

  it('and is touched only keeps its workers', async () => {
    const { provider, script } = newProvider(ECHO);
    const before = await provider.callApi('');
    writeFileSync(script, readFileSync(script));
    expect((await provider.callApi('')).pid).toBe(before.pid);
  });

  it('to one that can not be imported fails the calls until it is mended', async () => {
    const { provider, script } = newProvider(version('old'));
    await provider.callApi('');
    writeFileSync(script, 'def call_api(:');
    expect(await rejection(provider.callApi(''))).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
    writeFileSync(script, version('new'));
    expect(await provider.callApi('')).toMatchObject({ output: 'new' });
  });

  it('whenever it is imported is used all the same, with a warning', async () => {
    const warnings: string[] = [];
    const { provider } = newProvider(
      'open(__file__, "a").write("#")\ndef call_api(*a): return {"output": 1}\n',
    );
    const logger = { warn: (message: string) => warnings.push(message) };
    expect(await provider.callApi('', { logger })).toMatchObject({ output: 1 });
    expect(warnings).toEqual([expect.stringContaining('changes all the time')]);
  });

  it('to a broken one keeps its provider in the registry while the old one works', async () => {
    const { provider, script } = newProvider(version('old'));
    const door = gate();
    const running = rejection(provider.callApi(door.path));
    const [pid] = await door.reached();
    writeFileSync(script, 'def call_api(:');
    await rejection(provider.callApi(''));
    expect(providerRegistry.providers.has(provider)).toBe(true);
    await providerRegistry.shutdownAll();
    expect(isAlive(pid)).toBe(false);
    expect(await running).toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(providerRegistry.providers.has(provider)).toBe(false);
  });

  it('leaves no old workers behind at shutdown', async () => {
    const { provider, script } = newProvider(version('old'));
    const door = gate();
    const running = rejection(provider.callApi(door.path));
    const [pid] = await door.reached();
    writeFileSync(script, version('new'));
    await provider.callApi('');
    await provider.shutdown();
    expect(isAlive(pid)).toBe(false);
    expect(await running).toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });
});

describe('how many workers', () => {
  const count = async (config: PythonProviderConfig) => {
    const warnings: string[] = [];
    const { provider } = newProvider(ECHO, config);
    const logger = { warn: (message: string) => warnings.push(message) };
    await provider.callApi('', { logger });
    return { workers: provider.pool?.getWorkerCount(), warnings };
  };

  it('one, unless something is said', async () => {
    await withEnvironment({ PROMPTFOO_PYTHON_WORKERS: undefined }, async () => {
      expect(await count({})).toEqual({ workers: 1, warnings: [] });
    });
  });

  it('as the configuration says, before the environment', async () => {
    await withEnvironment({ PROMPTFOO_PYTHON_WORKERS: '3' }, async () => {
      expect(await count({})).toEqual({ workers: 3, warnings: [] });
      expect(await count({ workers: 2 })).toEqual({ workers: 2, warnings: [] });
    });
  });

  it('as the configuration says in text', async () => {
    expect(await count({ workers: '2' })).toEqual({ workers: 2, warnings: [] });
  });

  it('at least one, with a warning', async () => {
    const message = (from: string) => `Invalid worker count ${from}, using minimum of 1`;
    expect(await count({ workers: 0 })).toEqual({
      workers: 1,
      warnings: [message('0 in config')],
    });
    await withEnvironment({ PROMPTFOO_PYTHON_WORKERS: '-2' }, async () => {
      expect(await count({})).toEqual({
        workers: 1,
        warnings: [message('-2 in PROMPTFOO_PYTHON_WORKERS')],
      });
    });
  });
});
