/** Which Python a pool finds, through the whole package; `tests/interpreter` has the details. */

import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPoolOptions, Script } from '../..';
import {
  captureLogger,
  interpreter,
  newPool,
  newVenv,
  onUnix,
  rejection,
  runNode,
  running,
  tempFolder,
  withEnvironment,
  withPool,
  writeProgram,
  writeScript,
} from '../support';

const SOURCE = 'import os, sys\ndef f(): return sys.prefix\ndef die(): os._exit(1)\n';
const PYTHON = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];

/** Without what the tests' own environment names. */
const CLEAN = {
  ...process.env,
  VIRTUAL_ENV: undefined,
  PROMPTFOO_PYTHON: undefined,
  CONDA_PREFIX: undefined,
  CONDA_DEFAULT_ENV: undefined,
};

function project(...parts: string[]): string {
  const folder = path.join(tempFolder(), ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

const prefixOf = (script: Script, options: PythonWorkerPoolOptions) =>
  withPool(script, options, async (pool) => realpathSync(await pool.execute('f', [])));

describe('the environment of the project', () => {
  it('is above the script', async () => {
    const top = project();
    mkdirSync(path.join(top, 'src', 'my app'), { recursive: true });
    writeFileSync(path.join(top, 'pyproject.toml'), '');
    const { prefix: venv } = await newVenv(path.join(top, '.venv'));
    const script = writeScript(SOURCE, 'model.py', path.join(top, 'src', 'my app'));
    const options = { env: CLEAN, cwd: tempFolder() };
    await expect(prefixOf(script, options)).resolves.toBe(venv);
    // One of its own has a project of its own.
    writeFileSync(path.join(top, 'src', 'pyproject.toml'), '');
    await expect(prefixOf(script, options)).resolves.not.toBe(venv);
  });

  it('is above the working directory for a module', async () => {
    const top = project();
    mkdirSync(path.join(top, 'src'));
    writeScript(SOURCE, 'model.py', path.join(top, 'src'));
    const { prefix: venv } = await newVenv(path.join(top, 'venv'));
    const options = { env: CLEAN, cwd: path.join(top, 'src') };
    await expect(prefixOf({ module: 'model' }, options)).resolves.toBe(venv);
  });

  it('can be named by its folder', async () => {
    const top = project('with spaces');
    const { prefix: venv } = await newVenv(path.join(top, 'my env'));
    const script = writeScript(SOURCE);
    const named = { pythonPath: path.join(top, 'my env'), env: CLEAN };
    await expect(prefixOf(script, named)).resolves.toBe(venv);
    const relative = { pythonPath: `.${path.sep}my env`, cwd: top, env: CLEAN };
    await expect(prefixOf(script, relative)).resolves.toBe(venv);
    const variable = { env: { ...CLEAN, PROMPTFOO_PYTHON: venv } };
    await expect(prefixOf(script, variable)).resolves.toBe(venv);
  });
});

describe('the environment that is searched', () => {
  it('is that of the option env, if there is one', async () => {
    const { prefix: ofHost } = await newVenv(project('a'));
    const { prefix: ofPool } = await newVenv(project('b'));
    const script = writeScript(SOURCE);
    await withEnvironment({ VIRTUAL_ENV: ofHost, PROMPTFOO_PYTHON: undefined }, async () => {
      await expect(prefixOf(script, {})).resolves.toBe(ofHost);
      const env = { ...CLEAN, VIRTUAL_ENV: ofPool };
      await expect(prefixOf(script, { env })).resolves.toBe(ofPool);
      await expect(prefixOf(script, { env: CLEAN })).resolves.not.toBe(ofHost);
    });
  });

  onUnix.it('has an active conda environment before a stray one, and base after it', async () => {
    const top = project();
    const script = writeScript(SOURCE, 'script.py', top);
    const { prefix: stray } = await newVenv(path.join(top, '.venv'));
    const { prefix: conda } = await newVenv(project('conda'));
    const active = (name: string) => ({
      env: { ...CLEAN, CONDA_PREFIX: conda, CONDA_DEFAULT_ENV: name },
    });
    await expect(prefixOf(script, active('work'))).resolves.toBe(conda);
    await expect(prefixOf(script, active('base'))).resolves.toBe(stray);
    rmSync(stray, { recursive: true });
    await expect(prefixOf(script, active('base'))).resolves.toBe(conda);
  });

  onUnix.it('has uv for a script with inline metadata', async () => {
    const top = project();
    await newVenv(path.join(top, '.venv'));
    const { prefix: ofScript } = await newVenv(project('cache'));
    const script = writeScript(`# /// script\n# dependencies = []\n# ///\n${SOURCE}`, 's.py', top);
    const bin = project('bin');
    writeProgram(`echo '${path.join(ofScript, ...PYTHON)}'`, 'uv', bin);
    const env = { ...CLEAN, PATH: `${bin}:${process.env.PATH}` };
    await expect(prefixOf(script, { env })).resolves.toBe(ofScript);
  });
});

onUnix.describe('a wrapper that is named as the interpreter', () => {
  it('keeps what it sets, in workers that are restarted as well', async () => {
    const wrapper = writeProgram(
      `export WRAPPED=yes LD_LIBRARY_PATH=/opt/special\nset -- -X dev "$@"\n${running(await interpreter())}`,
    );
    const script = writeScript(
      `import os, sys
def f(): return [os.environ.get("WRAPPED"), os.environ.get("LD_LIBRARY_PATH"), sys.flags.dev_mode]
def die(): os._exit(1)
`,
    );
    await withPool(script, { pythonPath: wrapper }, async (pool) => {
      await expect(pool.execute('f')).resolves.toEqual(['yes', '/opt/special', true]);
      await rejection(pool.execute('die'));
      await expect(pool.execute('f')).resolves.toEqual(['yes', '/opt/special', true]);
    });
  });
});

describe('relative paths', () => {
  it('are resolved when the pool is made', async () => {
    const top = project();
    mkdirSync(path.join(top, 'sub'));
    writeScript(
      'import os, sys\ndef f(): return [os.getcwd(), sys.prefix]\ndef die(): os._exit(1)\n',
      'script.py',
      top,
    );
    const { prefix: venv } = await newVenv(path.join(top, 'sub', 'env'));
    const { stdout, stderr } = await runNode(
      `process.chdir(argv[0]);
       const options = { cwd: 'sub', pythonPath: './env', logger: {} };
       const pool = new PythonWorkerPool('script.py', 'f', options);
       process.chdir('/');
       await pool.initialize();
       const first = await pool.execute('f');
       process.chdir(require('node:os').tmpdir());
       await pool.execute('die').catch(() => {});
       console.log(JSON.stringify([first, await pool.execute('f')]));
       await pool.shutdown();`,
      [top],
    );
    expect(stderr).toBe('');
    const expected = [path.join(top, 'sub'), venv];
    expect(JSON.parse(stdout)).toEqual([expected, expected]);
  });

  it('of a module without cwd start from where Node.js was at initialize', async () => {
    const top = project();
    writeScript(SOURCE, 'model.py', top);
    const { stdout, stderr } = await runNode(
      `process.chdir(argv[0]);
       const pool = new PythonWorkerPool({ module: 'model' }, 'f', { logger: {} });
       await pool.initialize();
       process.chdir('/');
       await pool.execute('die').catch(() => {});
       console.log(typeof (await pool.execute('f')));
       await pool.shutdown();`,
      [top],
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'string\n', stderr: '' });
  });

  onUnix.it('need a working directory; without one, absolute paths work', async () => {
    const script = writeScript(SOURCE);
    const { stdout, stderr } = await runNode(
      `const fs = require('node:fs');
       process.chdir(argv[0]);
       fs.rmdirSync(argv[0]);
       for (const options of [{ cwd: 'sub' }, { pythonPath: './python' }]) {
         try {
           new PythonWorkerPool(argv[1], 'f', options);
         } catch (error) {
           console.log(error.code, error.message);
         }
       }
       const pool = new PythonWorkerPool(argv[1], 'f', { logger: {} });
       await pool.initialize();
       console.log(typeof (await pool.execute('f')));
       await pool.shutdown();`,
      [project('gone'), script],
    );
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^ERR_INVALID_ARGUMENT Invalid cwd: "sub"\. Must be an absolute path/),
      expect.stringMatching(/^ERR_INVALID_ARGUMENT Invalid pythonPath: "\.\/python"\. Must be an/),
      'string',
    ]);
  });
});

describe('the advice for a missing module', () => {
  const missing = 'import not_there_at_all\n';
  const adviceFor = async (script: string, options: PythonWorkerPoolOptions) =>
    (await rejection(newPool(script, { env: CLEAN, ...options }).initialize())).message;

  it('is uv add in a project with a uv.lock', async () => {
    const top = project();
    writeFileSync(path.join(top, 'pyproject.toml'), '');
    writeFileSync(path.join(top, 'uv.lock'), '');
    await newVenv(path.join(top, '.venv'));
    const message = await adviceFor(writeScript(missing, 's.py', top), {});
    expect(message).toContain(`uv add not_there_at_all --project "${top}"`);
    expect(message).not.toContain('pip install');
  });

  onUnix.it('never installs beside a broken environment of the project', async () => {
    const top = project();
    const venv = path.join(top, '.venv');
    mkdirSync(path.join(venv, 'bin'), { recursive: true });
    writeFileSync(path.join(venv, 'pyvenv.cfg'), '');
    symlinkSync('/nowhere/python', path.join(venv, 'bin', 'python'));
    const bin = project('bin');
    const python = writeProgram(running(await interpreter()), 'python3', bin);
    const { logger, messages } = captureLogger();
    const options = { env: { PATH: bin }, logger };
    const message = await adviceFor(writeScript(missing, 's.py', top), options);
    expect(message).toContain(`"${python}" -m venv --clear "${venv}"`);
    expect(message).toContain(`"${venv}/bin/python" -m pip install not_there_at_all`);
    expect(message).not.toContain(`"${python}" -m pip`);
    const broken = `${venv}/bin/python (.venv beside the script): is a symbolic link to nothing`;
    expect(messages('debug')[0]).toBe(`passes over ${broken}`);
    expect(messages('warn')).toEqual([`${broken}; using ${python} (python3 on PATH) instead`]);
  });

  it('names no folder that the interpreter ignores', async () => {
    const pool = newPool({ module: 'not_there_at_all' }, { env: CLEAN, pythonArgs: ['-I'] });
    const { message } = await rejection(pool.initialize());
    expect(message).toContain('ignores the option cwd and PYTHONPATH');
    expect(message).not.toContain('Set the option cwd');
  });
});
