/** A script that cannot be imported is imported once, and not for each call. */

import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { providerRegistry, pythonAssert, runPython } from 'python-worker-pool/promptfoo';
import {
  afterTest,
  linesOf,
  newProvider,
  rejection,
  type TestConfig,
  withEnvironment,
  writeScript,
} from '../support';

const CALLS = 100;
const WORKERS = 4;
const NOTE = 'print("imported", file=open(__file__ + ".imports", "a"))\n';
const WORKS = `${NOTE}def call_api(*args): return {"output": "works"}\n`;

const importsOf = (script: string): number =>
  existsSync(`${script}.imports`) ? linesOf(`${script}.imports`).length : 0;

function broken(code: string, config: TestConfig = {}) {
  return newProvider(NOTE + code, { workers: 1, pool: { logger: {} }, ...config });
}

const codesOf = (errors: readonly Error[]) =>
  new Set(errors.map((error) => (error as Error & { code: string }).code));

describe('a script that cannot be imported', () => {
  it.each<[string, string, string, TestConfig?]>([
    ['a missing module', 'import surely_missing', 'ERR_PYTHON_LOAD'],
    ['an exception', 'raise RuntimeError("no")', 'ERR_PYTHON_LOAD'],
    ['an exit', 'import sys; sys.exit(2)', 'ERR_PYTHON_LOAD'],
    ['the end of the process', 'import os; os._exit(2)', 'ERR_PYTHON_LOAD'],
    [
      'no end',
      'import time; time.sleep(60)',
      'ERR_STARTUP_TIMEOUT',
      { pool: { startupTimeout: 3_000, logger: {} } },
    ],
  ])('fails each call, one after the other, and is imported once: %s', async (...row) => {
    const [, code, expected, config] = row;
    const { provider, script } = broken(code, config);
    const errors = [];
    for (let i = 0; i < 10; i += 1) {
      errors.push(await rejection(provider.callApi(`${i}`)));
    }
    errors.push(await rejection(provider.callEmbeddingApi('')));
    expect(codesOf(errors)).toEqual(new Set([expected]));
    expect(new Set(errors.map(({ message }) => message)).size).toBe(1);
    expect(new Set(errors).size).toBe(errors.length);
    expect(importsOf(script)).toBe(1);
  });

  it('is imported by each worker at most once for concurrent calls', async () => {
    const { provider, script } = broken('raise RuntimeError("no")', { workers: WORKERS });
    // As promptfoo calls: so many at a time.
    let next = 0;
    const errors: Error[] = [];
    const loop = async () => {
      for (; next < CALLS; next += 1) {
        errors.push(await rejection(provider.callApi('')));
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, loop));
    expect(errors.length).toBeGreaterThanOrEqual(CALLS);
    expect(codesOf(errors)).toEqual(new Set(['ERR_PYTHON_LOAD']));
    expect(importsOf(script)).toBeLessThanOrEqual(WORKERS);
  });

  it('is imported again once it has changed', async () => {
    const { provider, script } = broken('raise RuntimeError("first")');
    expect((await rejection(provider.callApi(''))).message).toContain('first');
    writeFileSync(script, `${NOTE}raise RuntimeError("second")\n`);
    expect((await rejection(provider.callApi(''))).message).toContain('second');
    writeFileSync(script, WORKS);
    expect(await provider.callApi('')).toMatchObject({ output: 'works' });
    expect(importsOf(script)).toBe(3);
  });

  it('is imported once it exists', async () => {
    const { provider, script } = newProvider(WORKS, { script: 'later.py', pool: { logger: {} } });
    expect((await rejection(provider.callApi(''))).message).toContain('does not exist');
    expect((await rejection(provider.callApi(''))).message).toContain('does not exist');
    writeFileSync(path.join(path.dirname(script), 'later.py'), WORKS);
    expect(await provider.callApi('')).toMatchObject({ output: 'works' });
  });

  it.each<[string, (provider: ReturnType<typeof broken>['provider']) => Promise<unknown>]>([
    ['the end of an evaluation', (provider) => provider.cleanup()],
    ['a shutdown', (provider) => provider.shutdown()],
    ['initialize()', async (provider) => rejection(provider.initialize())],
  ])('is imported again after %s', async (_, event) => {
    const { provider, script } = broken(
      'import os, helper_that_appears_later\ndef call_api(*args): return {"output": "works"}\n',
    );
    await rejection(provider.callApi(''));
    writeFileSync(path.join(path.dirname(script), 'helper_that_appears_later.py'), '');
    expect((await rejection(provider.callApi(''))).message).toContain('No module named');
    await event(provider).catch(() => {});
    expect(await provider.callApi('')).toMatchObject({ output: 'works' });
  });

  it('is imported again some time later: something else may have changed', async () => {
    const { provider, script } = broken(
      'import helper_that_appears_later\ndef call_api(*args): return {"output": "works"}\n',
    );
    await rejection(provider.callApi(''));
    writeFileSync(path.join(path.dirname(script), 'helper_that_appears_later.py'), '');
    expect((await rejection(provider.callApi(''))).message).toContain('No module named');
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    afterTest(() => clock.mockRestore());
    expect(await provider.callApi('')).toMatchObject({ output: 'works' });
  });

  it('fails an aborted call as aborted', async () => {
    const { provider } = broken('raise RuntimeError("no")');
    await rejection(provider.callApi(''));
    const aborted = provider.callApi('', {}, { abortSignal: AbortSignal.abort() });
    expect(await rejection(aborted)).toMatchObject({ code: 'ABORT_ERR' });
  });
});

describe('a script of functions that cannot be imported', () => {
  it('is imported once, whoever calls them', async () => {
    afterTest(() => providerRegistry.shutdownAll());
    const script = writeScript(`${NOTE}raise RuntimeError("no")\n`);
    for (const name of ['a', 'b']) {
      const error = await rejection(runPython(script, name, []));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_LOAD', function: name });
    }
    const result = (await pythonAssert('', { config: { script } })) as object;
    expect(() => ({ ...result })).toThrow('RuntimeError: no');
    expect(importsOf(script)).toBe(1);
    appendFileSync(script, '# changed\n');
    await rejection(runPython(script, 'a', []));
    expect(importsOf(script)).toBe(2);
  });

  it('is imported again on another interpreter', async () => {
    const script = writeScript('def f(): return 1\n');
    await withEnvironment({ PROMPTFOO_PYTHON: 'no-python' }, async () => {
      for (const _ of [1, 2]) {
        const error = await rejection(runPython(script, 'f', []));
        expect(error).toMatchObject({ code: 'ERR_PYTHON_NOT_FOUND' });
      }
    });
    afterTest(() => providerRegistry.shutdownAll());
    expect(await runPython(script, 'f', [])).toBe(1);
  });
});

it('a Python file that the configuration refers to is imported as seldom', async () => {
  const { provider, script } = newProvider(WORKS, { given: 'file://settings.py' });
  const settings = path.join(path.dirname(script), 'settings.py');
  writeFileSync(settings, `${NOTE}raise RuntimeError("no")\n`);
  for (const _ of [1, 2, 3]) {
    expect((await rejection(provider.callApi(''))).message).toContain('RuntimeError: no');
  }
  expect(importsOf(settings)).toBe(1);
  await rejection(provider.initialize());
  expect(importsOf(settings)).toBe(2);
  await provider.shutdown();
  await rejection(provider.callApi(''));
  expect(importsOf(settings)).toBe(3);
  writeFileSync(settings, 'def get_config(): return 1\n');
  expect(await provider.callApi('')).toMatchObject({ output: 'works' });
});
