import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { providerRegistry, pythonAssert } from '../..';
import { fixture, promptfooProgram, ROOT, rejection, tempFolder } from '../support';

const SCRIPT = fixture('records_calls.py');
const CALL = { vars: { a: 1 }, test: {}, providerResponse: { output: 'x' } };

afterAll(() => providerRegistry.shutdownAll());

/** The result for this `config`. */
const assertWith = (config: Record<string, unknown>): Promise<unknown> =>
  pythonAssert('output', { ...CALL, config });

describe('an assertion in Python', () => {
  it.each([
    ['by default', { script: SCRIPT }, 'get_assert'],
    ['the one in `function`', { script: SCRIPT, function: 'flag' }, 'flag'],
    ['the one in `script`', { script: `file://${SCRIPT}:flag` }, 'flag'],
    ['the one in both', { script: `${SCRIPT}:get_assert`, function: 'flag' }, 'flag'],
    ['also where others are null', { script: SCRIPT, function: null, workers: null }, 'get_assert'],
  ])('calls a function: %s', async (_, config, name) => {
    expect(await assertWith(config)).toEqual([name, 'output', CALL]);
  });

  it('has the keys of the script in `context.config`', async () => {
    const config = { limit: 3, script: SCRIPT, function: 'flag', workers: 1 };
    expect(await assertWith({ ...config, concurrencyPerWorker: 1 })).toEqual([
      'flag',
      'output',
      { ...CALL, config: { limit: 3 } },
    ]);
  });

  it('starts a relative path at the folder of the configuration', async () => {
    const provider = { config: { basePath: path.dirname(SCRIPT) } };
    const context = { provider, config: { script: 'records_calls.py' } };
    expect(await pythonAssert('output', context)).toEqual(['get_assert', 'output', { provider }]);
  });

  it.each([
    ['its exception', { script: SCRIPT, function: 'fail' }, 'Python error: ValueError: no'],
    ['a missing function', { script: SCRIPT, function: 'flags' }, "Function 'flags' not found"],
    ['a missing script', { script: 'missing.py' }, 'missing.py'],
  ])('fails promptfoo’s copy of the result with %s', async (_, config, message) => {
    const result = (await assertWith(config)) as object;
    expect(() => ({ ...result })).toThrow(message);
    expect(() => 'pass' in result).toThrow(message);
  });

  it.each([
    [undefined, 'pythonAssert has no script'],
    [{}, 'pythonAssert has no script'],
    [{ script: 3 }, 'pythonAssert has no script'],
    [{ script: SCRIPT, function: 3 }, '`config.function` must be the name of a function: 3'],
    [{ script: SCRIPT, workers: 'two' }, '`config.workers` must be a number: two'],
    [
      { script: SCRIPT, concurrencyPerWorker: {} },
      '`config.concurrencyPerWorker` must be a number',
    ],
  ])('rejects for the configuration %j', async (config, message) => {
    const error = await rejection(pythonAssert('output', { config }));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(error.message).toContain(message);
  });
});

describe('without a folder from the provider', () => {
  const PROGRAM = `
    const { pythonAssert } = require(${JSON.stringify(ROOT)});
    pythonAssert('output', { config: { script: 'check.py' } }).then(console.log);`;

  it.each([
    ['of the configuration', ['eval', '-c', 'project/promptfooconfig.yaml'], 'project'],
    [
      'of the first configuration',
      ['eval', '-j2', '--config=project/a.yaml', '-c', 'b.yaml'],
      'project',
    ],
    ['of the first of many', ['eval', '-c', 'project/a.yaml', 'b.yaml'], 'project'],
    ['that is the configuration', ['eval', '-c', 'project'], 'project'],
    ['promptfoo was started in', ['eval'], ''],
    ['the process was started in', [], ''],
  ])('starts a relative path at the folder %s', async (_, args, name) => {
    const folder = tempFolder();
    mkdirSync(path.join(folder, 'project'));
    writeFileSync(path.join(folder, name, 'check.py'), 'def get_assert(*a): return 0.5\n');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [promptfooProgram(PROGRAM), ...args],
      { cwd: folder },
    );
    expect(stdout).toBe('0.5\n');
  });
});
