/** The options of the worker processes: interpreter, folder, environment and arguments. */

import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPoolOptions } from '../..';
import {
  fixture,
  newPool,
  newVenv,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('reports_environment.py');
const ERRORS = fixture('fails_every_way.py');

interface Interpreter {
  executable: string;
  prefix: string;
  base_prefix: string;
  argv: string[];
  dev_mode: boolean;
  optimize: number;
  utf8_mode: number;
}

/** The interpreter that the worker of a pool with these options reports. */
function interpreterOf(options: PythonWorkerPoolOptions, script = SCRIPT): Promise<Interpreter> {
  return withPool(script, options, (pool) => pool.execute('interpreter', []));
}

describe('pythonPath and how Python is found', () => {
  it('takes a path', async () => {
    const { executable } = await interpreterOf({});
    await expect(interpreterOf({ pythonPath: executable })).resolves.toMatchObject({ executable });
  });

  it('takes a name', async () => {
    const { executable } = await interpreterOf({});
    await withEnvironment({ PATH: path.dirname(executable) }, async () => {
      await expect(interpreterOf({ pythonPath: path.basename(executable) })).resolves.toMatchObject(
        { executable },
      );
    });
  });

  it('is the only candidate if it is set', async () => {
    const { executable } = await interpreterOf({});
    await withEnvironment({ PROMPTFOO_PYTHON: executable }, async () => {
      const pool = newPool(SCRIPT, { pythonPath: path.join(tempFolder(), 'python') });
      const error = await rejection(pool.initialize());
      expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
      expect(error.attempts).toHaveLength(1);
    });
  });

  it('is PROMPTFOO_PYTHON, then VIRTUAL_ENV, then a .venv beside the script, then one in cwd', async () => {
    const [beside, here] = [tempFolder(), tempFolder()];
    const script = writeScript('import sys\ndef f(): return sys.prefix\n', 'script.py', beside);
    const named = await newVenv(path.join(tempFolder(), 'named'));
    const active = await newVenv(path.join(tempFolder(), 'active'));
    const adjacent = await newVenv(path.join(beside, '.venv'));
    const inCwd = await newVenv(path.join(here, 'venv'));
    const prefix = (PROMPTFOO_PYTHON?: string, VIRTUAL_ENV?: string, from = script) =>
      withEnvironment({ PROMPTFOO_PYTHON, VIRTUAL_ENV }, () =>
        withPool(from, { cwd: here }, async (pool) => realpathSync(await pool.execute('f', []))),
      );
    await expect(prefix(named.python, active.prefix)).resolves.toBe(named.prefix);
    await expect(prefix(undefined, active.prefix)).resolves.toBe(active.prefix);
    await expect(prefix()).resolves.toBe(adjacent.prefix);
    const elsewhere = writeScript('import sys\ndef f(): return sys.prefix\n');
    await expect(prefix(undefined, undefined, elsewhere)).resolves.toBe(inCwd.prefix);
  });

  it('reads the environment at each initialize, not when Node.js starts', async () => {
    const pool = newPool(SCRIPT);
    const missing = path.join(tempFolder(), 'python');
    await withEnvironment({ PROMPTFOO_PYTHON: missing }, async () => {
      const error = await rejection(pool.initialize());
      expect(error.message).toContain(`${missing} (PROMPTFOO_PYTHON)`);
    });
    await pool.initialize();
  });
});

describe('cwd', () => {
  it('is that of Node.js by default', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      await expect(pool.execute('working_directory', [])).resolves.toBe(process.cwd());
    });
  });

  it('is the working directory of all workers, restarted ones included', async () => {
    const cwd = tempFolder();
    await withPool(ERRORS, { cwd }, async (pool) => {
      await rejection(pool.execute('crash', [1]));
      await expect(pool.execute('here', [])).resolves.toBe(cwd);
    });
  });

  it('may be relative to that of Node.js, and may have an odd name', async () => {
    const cwd = path.join(tempFolder(), 'with spaces, äöü 你好 👋');
    mkdirSync(cwd);
    await withPool(SCRIPT, { cwd: path.relative(process.cwd(), cwd) }, async (pool) => {
      await expect(pool.execute('working_directory', [])).resolves.toBe(cwd);
    });
  });
});

describe('env', () => {
  it('is that of Node.js at initialize by default, plus PYTHONUTF8=1', async () => {
    const pool = newPool(SCRIPT);
    await withEnvironment({ TEST_VARIABLE: 'wörds', PYTHONUTF8: undefined }, () =>
      pool.initialize(),
    );
    const environment: NodeJS.ProcessEnv = await pool.execute('environment', []);
    expect(environment).toMatchObject({
      PATH: process.env.PATH,
      TEST_VARIABLE: 'wörds',
      PYTHONUTF8: '1',
    });
    expect((await pool.execute('interpreter', [])).utf8_mode).toBe(1);
  });

  it('keeps another PYTHONUTF8', async () => {
    await withEnvironment({ PYTHONUTF8: '0' }, async () => {
      await withPool(SCRIPT, {}, async (pool) => {
        await expect(pool.execute('variable', ['PYTHONUTF8'])).resolves.toBe('0');
      });
    });
  });

  it('is the whole environment of all workers, restarted ones included', async () => {
    await withEnvironment({ TEST_VARIABLE: 'of the host' }, async () => {
      const env = { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, MINE: 'yes' };
      await withPool(ERRORS, { env }, async (pool) => {
        await rejection(pool.execute('crash', [1]));
        await expect(pool.execute('variable', ['MINE'])).resolves.toBe('yes');
        await expect(pool.execute('variable', ['PYTHONUTF8'])).resolves.toBe('1');
        await expect(pool.execute('variable', ['TEST_VARIABLE'])).resolves.toBeNull();
      });
    });
  });

  it('decides where Python is searched', async () => {
    const missing = path.join(tempFolder(), 'python');
    const pool = newPool(SCRIPT, { env: { ...process.env, PROMPTFOO_PYTHON: missing } });
    const error = await rejection(pool.initialize());
    expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
    expect(error.message).toContain(`${missing} (PROMPTFOO_PYTHON)`);
  });

  it('omits undefined variables', async () => {
    await withPool(SCRIPT, { env: { ...process.env, TEST_VARIABLE: undefined } }, async (pool) => {
      await expect(pool.execute('variable', ['TEST_VARIABLE'])).resolves.toBeNull();
    });
  });
});

describe('pythonArgs', () => {
  it('are empty by default', async () => {
    await expect(interpreterOf({})).resolves.toMatchObject({ dev_mode: false, optimize: 0 });
  });

  it('come before the script, and are not in sys.argv', async () => {
    const options = { pythonArgs: ['-X', 'dev', '-O'] };
    await expect(interpreterOf(options)).resolves.toMatchObject({
      dev_mode: true,
      optimize: 1,
      argv: [SCRIPT],
    });
  });

  it('that Python does not know fail the start with the message of Python', async () => {
    const pool = newPool(SCRIPT, { pythonArgs: ['--no-such-argument'] });
    const error = await rejection(pool.initialize());
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.exitCode).toBe(2);
    expect(error.stderrTail).toContain('--no-such-argument');
  });
});
