/** The provider: its forms, its calls, and the results it accepts. */

import path from 'node:path';
import { PythonPoolError, PythonProvider } from '../..';
import {
  ECHO_PROVIDER,
  type EchoResponse,
  fixture,
  gate,
  newProvider,
  PERSISTENT_PROVIDER,
  rejection,
  shutdownAtEnd,
  writeScript,
} from '../support';

/** A script that returns its prompt, parsed as JSON. */
const ANSWER = `
import json
def call_api(prompt, options, context):
    return json.loads(prompt)
call_embedding_api = call_classification_api = lambda prompt, options: json.loads(prompt)
`;

describe('as promptfoo constructs it', () => {
  it('for a package: the script is in the configuration', async () => {
    const { provider } = newProvider(ECHO_PROVIDER);
    expect(provider.id()).toBe('python:provider.py:default');
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi', cached: false });
  });

  it('as its own provider: the script comes first', async () => {
    const basePath = path.dirname(writeScript(ECHO_PROVIDER, 'own.py'));
    const provider = shutdownAtEnd(
      new PythonProvider('file://own.py', { label: 'mine', config: { basePath, workers: 1 } }),
    );
    expect(provider.id()).toBe('python:own.py:default');
    expect(provider.label).toBe('mine');
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi' });
  });

  it.each(['provider.py:other', 'file://provider.py:other', 'python:provider.py:other'])(
    'with another function: %s',
    async (script) => {
      const { provider } = newProvider(ECHO_PROVIDER, { script });
      expect(provider.id()).toBe('python:provider.py:other');
      expect(await provider.callApi('hi')).toMatchObject({ output: 'other hi' });
    },
  );

  it('with an absolute path', async () => {
    const script = writeScript(ECHO_PROVIDER);
    const provider = shutdownAtEnd(new PythonProvider({ config: { script } }));
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi' });
  });

  it('with an id other than the name of this package', () => {
    expect(newProvider(ECHO_PROVIDER, {}, { id: 'my-id' }).provider.id()).toBe('my-id');
  });

  it.each([
    [{}, /no script: set `config.script`/],
    [{ config: { script: '' } }, /no script/],
    [{ config: { script: 'a.py', workers: 'four' } }, /`config.workers` must be a number: four/],
    [{ config: { script: 'a.py', workers: {} } }, /`config.workers` must be a number/],
    [{ config: { script: 'a.py', timeout: 'long' } }, /`config.timeout` must be a number: long/],
    [{ config: { script: 'a.py', pool: 3 } }, /`config.pool` must be an object/],
    [{ config: { script: 'a.py', basePath: 5 } }, /`config.basePath` must be a string: 5/],
    [
      { config: { script: 'a.py', pythonExecutable: [] } },
      /`config.pythonExecutable` must be a str/,
    ],
    [{ config: { script: 'a.py' }, id: 5 }, /`id` must be a string: 5/],
    [
      { config: { script: 'a.py', pool: { workers: 2 } } },
      /set the number of workers in `config.workers`/,
    ],
  ])('refuses %j', (options, message) => {
    expect(() => new PythonProvider(options as never)).toThrow(message);
  });
});

describe('a call', () => {
  it.each([5, 'text', {}, { aborted: false }])(
    'rejects for %j in the place of a signal',
    async (value) => {
      const { provider } = newProvider(ECHO_PROVIDER);
      const options = { abortSignal: value as unknown as AbortSignal };
      for (const call of [
        provider.callApi('hi', null, options),
        provider.callEmbeddingApi('hi', null, options),
      ]) {
        const error = await rejection(call);
        expect(error).toBeInstanceOf(PythonPoolError);
        expect(error.code).toBe('ERR_INVALID_ARGUMENT');
        expect(error.message).toMatch(/^Invalid abortSignal: /);
      }
    },
  );

  it('gives the script the prompt, the options and the context', async () => {
    const { provider } = newProvider(
      ECHO_PROVIDER,
      { model: 'm', nested: { a: [1] } },
      { label: 'l' },
    );
    const response = await provider.callApi('hi', { vars: { a: 1 } });
    const { output, options, context } = response as EchoResponse;
    expect(output).toBe('hi');
    expect(options).toMatchObject({
      id: 'python:provider.py:default',
      label: 'l',
      config: { model: 'm', nested: { a: [1] }, script: 'provider.py' },
    });
    expect(context).toEqual({ vars: { a: 1 } });
  });

  it('gives it the trace context', async () => {
    const { provider } = newProvider(ECHO_PROVIDER);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { context } = (await provider.callApi('hi', { traceparent })) as EchoResponse;
    expect(context).toEqual({ traceparent });
  });

  it('without a context gives it None', async () => {
    const { provider } = newProvider(ECHO_PROVIDER);
    expect(await provider.callApi('hi')).toMatchObject({ context: null });
  });

  it('leaves out of the context what cannot cross, and does not change the caller’s context', async () => {
    const { provider } = newProvider(ECHO_PROVIDER);
    const test: Record<string, unknown> = { vars: { a: 1 }, callback: () => 1 };
    test.self = test;
    const context = {
      vars: { a: 1 },
      test,
      logger: { debug: () => {} },
      getCache: () => ({ get: async () => undefined, set: async () => {} }),
      filters: { upper: () => '' },
      originalProvider: { id: () => 'x' },
    };
    const keys = Object.keys(context);
    const { context: seen } = (await provider.callApi('hi', context)) as EchoResponse;
    expect(seen).toEqual({ vars: { a: 1 }, test: { vars: { a: 1 } } });
    expect(Object.keys(context)).toEqual(keys);
    expect(context.test).toBe(test);
    expect(test.self).toBe(test);
  });

  it('embeds and classifies', async () => {
    const { provider } = newProvider(ECHO_PROVIDER, { model: 'm' });
    expect(await provider.callEmbeddingApi('abc')).toMatchObject({
      embedding: [1.5, 3],
      options: { config: { model: 'm' } },
    });
    expect(await provider.callClassificationApi('abc')).toMatchObject({
      classification: { good: 0.75 },
    });
  });

  it('keeps the state of the script from call to call', async () => {
    const { provider } = newProvider(PERSISTENT_PROVIDER);
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

  it('that is aborted rejects, even while the workers start', async () => {
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

  it('counts as one request if it reports tokens', async () => {
    expect(await answer({ output: 'x', tokenUsage: { total: 5 } })).toEqual({
      output: 'x',
      tokenUsage: { total: 5, numRequests: 1 },
      cached: false,
    });
    expect(await answer({ output: 'x', tokenUsage: { total: 5, numRequests: 3 } })).toMatchObject({
      tokenUsage: { numRequests: 3 },
    });
  });

  it.each([null, 'text', 7, [], {}, { outputs: 1 }])('%j is refused', async (value) => {
    await expect(answer(value)).rejects.toThrow(
      'The Python script `call_api` function must return a dict with an own `output` ' +
        'string/object or `error` string (inherited prototype properties are rejected), ' +
        `instead got: ${JSON.stringify(value)}`,
    );
  });

  it('has lists in place of arrays of numbers, at any depth', async () => {
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
      'an array of int64 with 9007199254740992, which is not a safe integer in JavaScript',
    );
  });

  it('with an array of numbers that JSON lacks is refused, as is such a list', async () => {
    for (const value of ['array.array("d", [1, float("nan")])', '[1, float("inf")]']) {
      const { provider } = newProvider(
        `import array\ndef call_embedding_api(*a): return {"embedding": ${value}}\n`,
      );
      await expect(provider.callEmbeddingApi('')).rejects.toThrow(/JSON|NaN|Infinity|inf/);
    }
  });

  it('of the other kinds is checked, too', async () => {
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
