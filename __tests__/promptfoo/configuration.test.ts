/** Mistakes in the configuration of a provider: what they are called, and what the error says to do. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PythonPoolError, PythonProvider } from '../..';
import {
  ECHO_PROVIDER,
  newProvider,
  ROOT,
  rejection,
  runNode,
  type TestConfig,
  tempFolder,
  thrown,
  withEnvironment,
  writeScript,
} from '../support';

/** The error of a call with this configuration. */
const errorWith = (config: TestConfig, source = ECHO_PROVIDER) =>
  rejection(newProvider(source, config).provider.callApi('hi'));

/** The warnings of a call with this configuration. */
async function warningsWith(config: TestConfig, env: NodeJS.ProcessEnv = {}) {
  const warnings: string[] = [];
  const { provider } = newProvider(ECHO_PROVIDER, config, { env });
  const { output } = await provider.callApi('hi', {
    logger: { warn: (text: string) => warnings.push(text) },
  });
  expect(output).toBe('hi');
  return warnings;
}

describe('an error of the configuration has a code', () => {
  it.each([
    [{ config: {} }],
    [{ config: { script: 'a.py', workers: 'four' } }],
    [{ config: { script: 'a.py', concurrencyPerWorker: 'many' } }],
    [{ config: { script: 'a.py', pool: { workers: 2 } } }],
    [{ config: { script: 'a.py', pool: { startupTimout: 2 } } }],
  ])('%j', (options) => {
    const error = thrown(() => new PythonProvider(options as never));
    expect(error).toBeInstanceOf(PythonPoolError);
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('if a file that it refers to cannot be read', async () => {
    const error = await errorWith({ given: 'file://nowhere.json' });
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause: { code: 'ENOENT' } });
  });
});

describe('a result that promptfoo cannot take has a code', () => {
  it.each(['{}', 'None', '{"output": __import__("array").array("d", [float("nan")])}'])(
    '%s',
    async (result) => {
      const { provider, script } = newProvider(`def call_api(*args):\n    return ${result}\n`);
      expect(await rejection(provider.callApi('hi'))).toMatchObject({
        code: 'ERR_NOT_SERIALIZABLE',
        path: 'output',
        function: 'call_api',
        script,
      });
    },
  );
});

describe('an unknown option in `pool`', () => {
  it.each([
    ['startupTimout', /^Unknown option in `config.pool`: .* Did you mean startupTimeout\?/],
    ['maxcrashes', /Did you mean maxCrashes\?/],
    ['temperature', /"temperature"\. The options are pythonPath, timeout, startupTimeout, /],
  ])('is refused at once: %s', (name, message) => {
    const make = () => new PythonProvider({ config: { script: 'a.py', pool: { [name]: 1 } } });
    expect(thrown(make).message).toMatch(message);
  });
});

describe('a key of `config` in `pool`', () => {
  it.each([
    ['workers', 'set the number of workers in `config.workers`, not in `config.pool`'],
    ['script', 'set the script in `config.script`, not in `config.pool`'],
    ['basePath', 'set the base path in `config.basePath`, not in `config.pool`'],
    ['pythonExecutable', 'set the interpreter in `config.pythonExecutable`, not in `config.pool`'],
  ])('is refused, and the message says where it belongs: %s', (name, message) => {
    const make = () => new PythonProvider({ config: { script: 'a.py', pool: { [name]: 1 } } });
    expect(thrown(make).message).toBe(`PythonProvider: ${message}.`);
  });
});

describe('a missing script', () => {
  const yaml = (script: string) =>
    [
      'PythonProvider has no script: set `config.script`, under `config` and not beside `id`:',
      '',
      'providers:',
      '  - id: package:python-worker-pool:PythonProvider',
      '    config:',
      `      script: ${script}`,
      '',
    ].join('\n');

  it.each([
    [{}, 'provider.py'],
    [{ config: null }, 'provider.py'],
    [{ config: { basePath: '/', script: null } }, 'provider.py'],
    [{ id: 'package:python-worker-pool:PythonProvider', script: 'mine.py' }, 'mine.py'],
    [{ script: 3 }, 'provider.py'],
  ])('is told with the configuration to write: %j', (options, script) => {
    const error = thrown(() => new PythonProvider(options as never));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', message: yaml(script) });
    expect(error.stack).not.toContain('dist');
  });

  it('is not one that is something else', () => {
    const make = () => new PythonProvider({ config: { script: 3 } } as never);
    expect(thrown(make).message).toBe('PythonProvider: `config.script` must be a string: 3');
  });
});

describe('an option of the pool beside `pool`', () => {
  it('goes to the script, with a warning', async () => {
    const config = { pythonPath: 'nope', maxCrashes: 1, threadsPerWorker: 2 };
    expect(await warningsWith(config)).toEqual([
      '`config.pythonPath` only goes to the script. To set the option, write `config.pythonExecutable`.',
      '`config.maxCrashes` only goes to the script. To set the option, write `config.pool.maxCrashes`.',
      '`config.threadsPerWorker` only goes to the script. To set the option, write `config.pool.threadsPerWorker`.',
    ]);
  });

  it('may have a name that means something to a script', async () => {
    expect(await warningsWith({ cwd: '/', env: {}, nan: 1, arrays: [] })).toEqual([]);
  });
});

describe('REQUEST_TIMEOUT_MS that is no number of milliseconds', () => {
  it.each(['0', '-1', 'soon'])('is ignored with a warning: %s', async (REQUEST_TIMEOUT_MS) => {
    expect(await warningsWith({}, { REQUEST_TIMEOUT_MS })).toEqual([
      `The environment variable REQUEST_TIMEOUT_MS is ignored: "${REQUEST_TIMEOUT_MS}" is not a number of ` +
        'milliseconds above 0.',
    ]);
    expect(await warningsWith({ timeout: 60_000 }, { REQUEST_TIMEOUT_MS })).toEqual([]);
  });
});

describe('an interpreter that does not exist', () => {
  const ADVICE = 'name an interpreter with `config.pythonExecutable` or the PROMPTFOO_PYTHON';

  it.each([
    [{ pythonExecutable: 'no-python' }, '`config.pythonExecutable`'],
    [{ pool: { pythonPath: 'no-python' } }, '`config.pool.pythonPath`'],
  ])('is told by the key that names it: %j', async (config, key) => {
    const error = await errorWith(config);
    expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
    expect(error.message).toContain(`no-python (${key}): `);
    expect(error.message).toContain(ADVICE);
    expect(error.stack).toContain(ADVICE);
  });

  it('may come from the environment', async () => {
    await withEnvironment({ PROMPTFOO_PYTHON: 'no-python' }, async () => {
      expect((await errorWith({})).message).toContain('no-python (PROMPTFOO_PYTHON): ');
    });
  });
});

describe('a script that does not exist', () => {
  it.each(['provdier.py', 'provider.py:', 'provider'])('may be another: %s', async (script) => {
    const error = await errorWith({ script });
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain('Did you mean provider.py?');
  });

  it('is looked for from the base path', async () => {
    const basePath = path.join(tempFolder(), 'configurations');
    mkdirSync(basePath);
    writeFileSync(path.join(basePath, 'other.py'), '');
    const error = await errorWith({ script: 'nowhere/provider.py', basePath });
    expect(error.message).toContain(`A relative path starts from \`config.basePath\`, ${basePath}`);
    expect(error.hint).toBe(`A relative path starts from \`config.basePath\`, ${basePath}`);
  });

  it('is looked for from the working directory if there is no base path', async () => {
    expect(existsSync('nowhere.py')).toBe(false);
    const { message } = await errorWith({ script: 'nowhere.py', basePath: undefined });
    expect(message).toMatch(/`config.basePath`, by default the working directory of Node.js\.$/m);
    expect(message).not.toContain('import.meta.url');
  });
});

it('a warning without a logger names the package', async () => {
  const { stderr, stdout } = await runNode(
    `const { PythonProvider } = require(${JSON.stringify(ROOT)});
    const provider = new PythonProvider(argv[0], { config: { workers: 0 } });
    console.log((await provider.callApi('hi')).output);`,
    [writeScript(ECHO_PROVIDER)],
  );
  expect(stdout).toBe('hi\n');
  expect(stderr).toBe(
    '[python-worker-pool] Invalid worker count 0 in config, using minimum of 1\n',
  );
});

it('an exception of the script keeps its text', async () => {
  const error = await errorWith(
    {},
    'def call_api(*a): raise ValueError("the pythonPath option")\n',
  );
  expect(error.message).toContain('ValueError: the pythonPath option');
});
