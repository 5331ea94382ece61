/** The workers of a provider: how many, with which options, and how long they live. */

import { writeFileSync } from 'node:fs';
import { PythonProvider, providerRegistry } from '../..';
import {
  ECHO_PROVIDER,
  type EchoResponse,
  eventually,
  isAlive,
  newProvider,
  PERSISTENT_PROVIDER,
  rejection,
  type TestConfig,
  tempFolder,
  withEnvironment,
} from '../support';

describe('the workers', () => {
  it('exist after initialize, and are gone after shutdown', async () => {
    const { provider } = newProvider(ECHO_PROVIDER, { workers: 2 });
    expect(provider.pool).toBeNull();
    await Promise.all([provider.initialize(), provider.initialize()]);
    expect(provider.pool?.getWorkerCount()).toBe(2);
    expect(providerRegistry.providers.has(provider)).toBe(true);
    const { pid } = (await provider.callApi('')) as EchoResponse;
    await provider.shutdown();
    expect(provider.pool).toBeNull();
    expect(providerRegistry.providers.has(provider)).toBe(false);
    expect(isAlive(pid)).toBe(false);
    await provider.shutdown();
  });

  it('are gone after cleanup, which promptfoo’s command line calls', async () => {
    const { provider } = newProvider(ECHO_PROVIDER);
    const { pid } = (await provider.callApi('')) as EchoResponse;
    await provider.cleanup();
    expect(isAlive(pid)).toBe(false);
  });

  it('run as many calls of an async function at a time as the configuration says', async () => {
    // Each of the two calls waits for the other.
    const script = `
import asyncio, os
there = []
async def call_api(prompt, options, context):
    there.append(prompt)
    while len(there) < 2:
        await asyncio.sleep(0.005)
    return {"output": os.getpid()}
`;
    const { provider } = newProvider(script, { workers: 1, concurrencyPerWorker: '2' });
    const answers = await Promise.all(['a', 'b'].map((prompt) => provider.callApi(prompt)));
    expect(answers[0]?.output).toBe(answers[1]?.output);
  });

  it('start again at the next call', async () => {
    const { provider } = newProvider(PERSISTENT_PROVIDER);
    await provider.callApi('');
    await provider.shutdown();
    expect(await provider.callApi('')).toMatchObject({ output: 1 });
    expect(providerRegistry.providers.has(provider)).toBe(true);
  });

  it('start together or not at all, and the next call tries again', async () => {
    const { provider, script } = newProvider('raise RuntimeError("not yet")');
    expect(await rejection(provider.callApi('hi'))).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
    expect(provider.pool).toBeNull();
    expect(providerRegistry.providers.has(provider)).toBe(false);
    writeFileSync(script, ECHO_PROVIDER);
    expect(await provider.callApi('hi')).toMatchObject({ output: 'hi' });
  });

  it('of a missing script are not started', async () => {
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
    const { provider } = newProvider(ECHO_PROVIDER);
    const aborted = provider.callApi('', {}, { abortSignal: AbortSignal.abort() });
    expect(await rejection(aborted)).toMatchObject({ code: 'ABORT_ERR' });
    expect(provider.pool).toBeNull();
    const call = rejection(provider.callApi(''));
    await provider.shutdown();
    expect(await call).toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(provider.pool).toBeNull();
  });

  it('that were all given up are restarted by initialize', async () => {
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

  it('read the environment of the configuration before that of the process', async () => {
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
    // On Windows, and on a very busy machine, there is no stack.
    for (const warning of warnings.filter((text) => text.includes('time was up'))) {
      expect(warning).toContain('in call_api');
    }

    const PROMPTFOO_PYTHON = '/no/such/python';
    const other = newProvider(ECHO_PROVIDER, {}, { env: { PROMPTFOO_PYTHON } }).provider;
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
    const wrong = newProvider(ECHO_PROVIDER, { pool: { maxCrashes: 0 } }).provider;
    expect(await rejection(wrong.initialize())).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('how many workers', () => {
  const count = async (config: TestConfig) => {
    const warnings: string[] = [];
    const { provider } = newProvider(ECHO_PROVIDER, config);
    const logger = { warn: (message: string) => warnings.push(message) };
    await provider.callApi('', { logger });
    return { workers: provider.pool?.getWorkerCount(), warnings };
  };

  it('one by default', async () => {
    await withEnvironment({ PROMPTFOO_PYTHON_WORKERS: undefined }, async () => {
      expect(await count({})).toEqual({ workers: 1, warnings: [] });
    });
  });

  it('as in the configuration, before the environment', async () => {
    await withEnvironment({ PROMPTFOO_PYTHON_WORKERS: '3' }, async () => {
      expect(await count({})).toEqual({ workers: 3, warnings: [] });
      expect(await count({ workers: 2 })).toEqual({ workers: 2, warnings: [] });
    });
  });

  it('as in the configuration, even as text', async () => {
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

describe('that calls of an async function wait for a worker', () => {
  const asyncScript = (comment: string) => `
# ${comment}
import asyncio
async def call_api(prompt, options, context):
    await asyncio.sleep(0.15)
    return {"output": prompt}
`;
  const PLAIN = `
import time
def call_api(prompt, options, context):
    time.sleep(0.15)
    return {"output": prompt}
`;

  /** Makes so many calls at the same time, and logs what names the option. */
  async function call(provider: PythonProvider<TestConfig>, calls: number, log: string[]) {
    const isHint = (line: string) => line.includes('concurrencyPerWorker');
    const logger = { info: (line: string) => log.push(...[line].filter(isHint)) };
    const prompts = Array.from({ length: calls }, (_, i) => `${i}`);
    const answers = prompts.map((prompt) => provider.callApi(prompt, { logger }));
    expect((await Promise.all(answers)).map(({ output }) => output)).toEqual(prompts);
  }

  it('is logged once, though the workers are replaced', async () => {
    const { provider, script } = newProvider(asyncScript('first'), { workers: 1 });
    const lines: string[] = [];
    for (const version of ['first', 'second', 'third']) {
      writeFileSync(script, asyncScript(version));
      await call(provider, 4, lines);
    }
    expect(lines).toEqual([
      'Calls of the async function "call_api" are waiting for a worker. Set concurrencyPerWorker to run several ' +
        'of them in each worker at the same time, if the script allows that',
    ]);
  });

  it.each<[string, string, TestConfig, number]>([
    ['none waits', asyncScript(''), { workers: 1 }, 1],
    ['the function is plain', PLAIN, { workers: 1 }, 4],
    ['that is chosen', asyncScript(''), { workers: 1, concurrencyPerWorker: 1 }, 4],
    ['that is chosen for the pool', asyncScript(''), { pool: { concurrencyPerWorker: 1 } }, 4],
    ['they run at the same time', asyncScript(''), { workers: 1, concurrencyPerWorker: 4 }, 4],
  ])('is not logged if %s', async (_, script, config, calls) => {
    const { provider } = newProvider(script, config);
    const lines: string[] = [];
    await call(provider, calls, lines);
    expect(lines).toEqual([]);
  });
});
