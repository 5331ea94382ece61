/** A script that is named as a module: `{ module: 'package.module' }`. */

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type PythonPoolError, PythonWorkerPool, type Script } from '../..';
import {
  captureLogger,
  newPool,
  newWorker,
  rejection,
  shutdownAtEnd,
  tempFolder,
  thrown,
  withEnvironment,
  withPool,
  writeScript,
} from '../support';

const MODULE = { module: 'model.nested.embed' };

/** A folder with the package `model`, and in it the module `model.nested.embed`. */
function packageFolder(): string {
  const folder = tempFolder();
  const nested = path.join(folder, 'model', 'nested');
  mkdirSync(nested, { recursive: true });
  writeScript('NAME = "the model"\n', '__init__.py', path.join(folder, 'model'));
  writeScript('', '__init__.py', nested);
  writeScript('def read():\n    return 7\n', 'helper.py', nested);
  writeScript(
    'import os\nfrom . import helper\nfrom .. import NAME\ncalls = 0\n' +
      'def count():\n    global calls\n    calls += 1\n    return calls\n' +
      'def about():\n    return [__name__, __package__, NAME, helper.read()]\n' +
      'def pid():\n    return os.getpid()\n' +
      'class Model:\n    @staticmethod\n    async def embed(text):\n        return len(text)\n' +
      'def fail():\n    raise ValueError("as planned")\n' +
      'def crash():\n    os._exit(3)\n',
    'embed.py',
    nested,
  );
  return folder;
}

/** The error of a start with this module, in `cwd`. */
function loadErrorOf(module: string, cwd: string): Promise<PythonPoolError> {
  return rejection(newPool({ module }, { cwd }).initialize());
}

describe('a module is found', () => {
  const expectFound = (pool: PythonWorkerPool) =>
    expect(pool.execute('about')).resolves.toEqual([
      'model.nested.embed',
      'model.nested',
      'the model',
      7,
    ]);

  it('in the working directory of the workers', async () => {
    await withPool(MODULE, { cwd: packageFolder() }, expectFound);
  });

  it('in PYTHONPATH', async () => {
    const env = { ...process.env, PYTHONPATH: packageFolder() };
    await withPool(MODULE, { cwd: tempFolder(), env }, expectFound);
    await withEnvironment({ PYTHONPATH: env.PYTHONPATH }, () => withPool(MODULE, {}, expectFound));
  });

  it('in the working directory first', async () => {
    const [first, second] = [tempFolder(), tempFolder()];
    writeScript('def call_api():\n    return 1\n', 'provider.py', first);
    writeScript('def call_api():\n    return 2\n', 'provider.py', second);
    const env = { ...process.env, PYTHONPATH: second };
    await withPool({ module: 'provider' }, { cwd: first, env }, async (pool) => {
      expect(await pool.execute()).toBe(1);
    });
  });

  it('among the modules of Python', async () => {
    await withPool({ module: 'math' }, {}, async (pool) => {
      expect(await pool.execute('sqrt', [9])).toBe(3);
    });
  });
});

describe('a pool of a module', () => {
  it('calls functions like those of a file', async () => {
    const pool = newPool(MODULE, { cwd: packageFolder() }, 'count');
    await pool.initialize();
    expect(await pool.execute()).toBe(1);
    expect(await pool.execute('count', [])).toBe(2);
    expect(await pool.execute('Model.embed', ['four'])).toBe(4);
    const error = await rejection(pool.execute('fail'));
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'as planned' });
    expect(error.traceback).toMatch(/^Traceback .*\n {2}File ".*embed\.py", line \d+, in fail\n/);
    const missing = await rejection(pool.execute('cuont'));
    expect(missing.code).toBe('ERR_FUNCTION_NOT_FOUND');
    expect(missing.message).toContain("'cuont' not found in module 'model.nested.embed'");
    expect(missing.available).toContain('count');
  });

  it('imports the module anew after a crash', async () => {
    await withPool(MODULE, { cwd: packageFolder() }, async (pool) => {
      const pid = await pool.execute('pid');
      expect(await pool.execute('count')).toBe(1);
      expect((await rejection(pool.execute('crash'))).code).toBe('ERR_WORKER_CRASHED');
      expect(await pool.execute('count')).toBe(1);
      expect(await pool.execute('pid')).not.toBe(pid);
      expect((await pool.execute('about'))[0]).toBe('model.nested.embed');
    });
  });

  it('is named by the module in its messages', async () => {
    const cwd = packageFolder();
    const { logger, messages } = captureLogger();
    newPool(MODULE, { cwd, workers: 9, logger });
    expect(messages('warn')).toEqual([expect.stringMatching(/9 .* for model\.nested\.embed\. /)]);
    await withPool(MODULE, { cwd, maxCrashes: 1 }, async (pool) => {
      await rejection(pool.execute('crash'));
      const dead = await rejection(pool.execute('pid'));
      expect(dead.code).toBe('ERR_POOL_DEAD');
      expect(dead.message).toMatch(/^All 1 Python worker\(s\) for model\.nested\.embed crashed/);
    });
  });
});

test('a PythonWorker takes a module', async () => {
  const options = { cwd: packageFolder() };
  const worker = newWorker(MODULE, 'count', null, null, null, options);
  await worker.initialize();
  expect(await worker.call()).toBe(1);
  expect(await worker.call('count')).toBe(2);
});

describe('ERR_PYTHON_LOAD', () => {
  it('says where Python looked for a module, and what to do', async () => {
    const cwd = tempFolder();
    const error = await loadErrorOf('nowhere.mod', cwd);
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain(
      `ModuleNotFoundError: the module 'nowhere.mod' does not exist: Python found no 'nowhere' in ${cwd}, `,
    );
    expect(error.hint).toBe(
      "Set the option cwd to the folder that contains 'nowhere', or add that folder to PYTHONPATH.",
    );
    expect(error.message.split(String(error.hint))).toHaveLength(2);
    // A package of that name on PyPI would be somebody else's.
    expect(error.message).not.toContain('pip install');
  });

  it('names the package that lacks the module', async () => {
    const cwd = packageFolder();
    rmSync(path.join(cwd, 'model', 'nested', 'embed.py'));
    const { message } = await loadErrorOf(MODULE.module, cwd);
    expect(message).toContain("the package 'model.nested' has no 'embed' in ");
    expect(message).toContain(path.join(cwd, 'model', 'nested'));
  });

  it('explains that a file or a function is not a module', async () => {
    for (const name of ['helper.py', 'helper.read']) {
      const { message } = await loadErrorOf(`model.nested.${name}`, packageFolder());
      expect(message).toContain("'model.nested.helper' is not a package, so it contains no module");
    }
  });

  it('has the traceback of an import in the module that fails', async () => {
    const cwd = packageFolder();
    writeScript('import not_there_at_all\n', 'helper.py', path.join(cwd, 'model', 'nested'));
    const error = await loadErrorOf(MODULE.module, cwd);
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.traceback).toMatch(/embed\.py", line 2[\s\S]*helper\.py", line 1/);
    expect(error.traceback).not.toContain('_python_worker_pool');
    expect(error.message).toContain('-m pip install not_there_at_all');
  });
});

describe('ERR_INVALID_ARGUMENT', () => {
  const errorOf = (script: unknown) =>
    thrown(() => shutdownAtEnd(new PythonWorkerPool(script as Script)));

  it.each([
    '',
    'a..b',
    '.rel',
    '..rel',
    'a.',
    ' a',
    'a b',
    'a\n',
    './a',
    'a/b',
    'a\\b',
    'a\0b',
    '.',
  ])('for the module %j', (module) => {
    const error = errorOf({ module });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(`Invalid script.module: ${JSON.stringify(module)}. Must `);
  });

  it.each([undefined, null, 5, ['a'], {}])('for the module %p', (module) => {
    const error = errorOf({ module });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(/^Invalid script\.module: .*\. Must be a non-empty string\.$/);
  });

  it.each([{}, { path: 's.py' }, { module: 'a', cwd: '/b' }, { cwd: '/b', module: 'a' }, ['a']])(
    'for the object %p',
    (script) => {
      const error = errorOf(script);
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toMatch(
        /^Invalid script: .*\. Must be a path, a file: URL, or \{ module: 'package\.module' \}\.$/,
      );
    },
  );
});
