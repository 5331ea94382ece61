/** Interpreters that are missing, old, broken or odd, through the whole package. */

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  fixture,
  interpreter,
  leavesNothing,
  linesOf,
  newPool,
  onUnix,
  pyenvPython,
  rejection,
  running,
  runningAs,
  tempFolder,
  withEnvironment,
  withUnharmedPool,
  writeProgram,
  writeScript,
} from '../support';

const SCRIPT = fixture('waits_at_gate.py');

describe('ERR_PYTHON_NOT_FOUND', () => {
  it('lists the attempts: a path that does not exist', async () => {
    const python = `${tempFolder()}/no-python`;
    const error = await rejection(newPool(SCRIPT, { pythonPath: python }).initialize());
    expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
    expect(error.message).toMatch(/^Python 3 not found\n/);
    expect(error.attempts).toHaveLength(1);
    expect(error.attempts?.[0]).toMatch(`${python} (pythonPath): `);
    expect(error.message).toContain(error.attempts?.[0]);
  });

  it('lists the attempts: a name that is not on PATH', async () => {
    const error = await rejection(newPool(SCRIPT, { pythonPath: 'no-python-9' }).initialize());
    expect(error).toMatchObject({
      code: 'ERR_PYTHON_NOT_FOUND',
      attempts: ['no-python-9 (pythonPath): not on PATH'],
    });
  });

  it('lists the attempts: no Python on PATH', async () => {
    // Empty folders: a virtual environment may be beside the script or in the working directory.
    const [folder, script] = [tempFolder(), writeScript('')];
    await withEnvironment(
      { PATH: folder, VIRTUAL_ENV: undefined, PROMPTFOO_PYTHON: undefined },
      async () => {
        const error = await rejection(newPool(script, { cwd: folder }).initialize());
        expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
        expect(error.attempts?.slice(0, 2)).toEqual([
          'python3 (python3 on PATH): does not exist',
          'python (python on PATH): does not exist',
        ]);
      },
    );
  });
});

onUnix.describe('an unusable interpreter is refused at once with the reason:', () => {
  const program = (body: string) => (at: string) => {
    writeProgram(body, path.basename(at), path.dirname(at));
  };
  const ways: [string, (at: string, python: string) => void, RegExp][] = [
    ['one that is missing', () => {}, /: does not exist$/],
    ['a folder', (at) => mkdirSync(at), /: is a directory without a Python interpreter$/],
    ['a file that is not executable', (at) => writeFileSync(at, ''), /: is not executable$/],
    ['a link to nothing', (at) => symlinkSync('/nowhere', at), /: is a symbolic link to nothing$/],
    [
      'one that says it is 3.6',
      (at, python) => program(runningAs(python, [3, 6, 15]))(at),
      /: is Python 3\.6\.15, but 3\.7 or newer is required$/,
    ],
    [
      'one that says it is 2.7, and does not know -I',
      (at, python) =>
        program(
          `case "$1" in -I) echo "Unknown option: -I" >&2; exit 2;; esac\n${runningAs(python, [2, 7, 18])}`,
        )(at),
      /: is Python 2\.7\.18, but 3\.7 or newer is required$/,
    ],
    [
      'one that prints garbage',
      program('echo "Usage: python [option]"; echo "3.11.7"'),
      /: is not Python 3: exit status: 0, stdout: Usage: python \[option\] 3\.11\.7$/,
    ],
    [
      'one that prints 10 MB of bytes',
      program('head -c 10000000 /dev/urandom'),
      /: is not Python 3: exit status: 0, stdout: /,
    ],
    ['one that prints nothing', program('exit 9'), /: is not Python 3: exit status: 9$/],
    [
      'one that kills itself',
      program('kill -KILL $$'),
      /: is not Python 3: signal: 9 \(SIGKILL\)$/,
    ],
  ];

  it.each(ways)('%s', async (_, write, reason) => {
    const python = path.join(tempFolder(), 'python');
    const real = await interpreter();
    write(python, real);
    await leavesNothing(async (env) => {
      const pool = newPool(SCRIPT, { pythonPath: python, env });
      const error = await rejection(pool.initialize());
      expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
      expect(error.message).toMatch(/^Python 3 not found\n/);
      expect(error.attempts).toEqual([expect.stringMatching(reason)]);
      expect(error.attempts?.[0]).toContain(`${python} (pythonPath)`);
      expect(pool.getWorkerCount()).toBe(0);

      // The same pool works once the interpreter is fixed.
      rmSync(python, { recursive: true, force: true });
      program(running(real))(python);
      await pool.initialize();
      await expect(pool.execute('echo', ['fixed'])).resolves.toBe('fixed');
      await pool.shutdown();
    });
  });

  for (const version of ['2.7.18', '3.6.15']) {
    const python = pyenvPython(version);
    const why = python ? '' : ' (skipped: pyenv has none)';
    (python ? it : it.skip)(`a real Python ${version}${why}`, async () => {
      const error = await rejection(newPool(SCRIPT, { pythonPath: python }).initialize());
      expect(error).toMatchObject({
        code: 'ERR_PYTHON_NOT_FOUND',
        attempts: [`${python} (pythonPath): is Python ${version}, but 3.7 or newer is required`],
      });
    });
  }

  it('the error lists every one on PATH that was tried', async () => {
    const [real, folder] = [await interpreter(), tempFolder()];
    writeProgram('echo "no library" >&2; exit 127', 'python3', folder);
    writeProgram(runningAs(real, [3, 6, 15]), 'python', folder);
    // A virtual environment may be beside the script or in the working directory.
    const env = { PATH: `${folder}:/usr/bin/nowhere` };
    const error = await rejection(newPool(writeScript(''), { env, cwd: folder }).initialize());
    expect(error).toMatchObject({
      code: 'ERR_PYTHON_NOT_FOUND',
      attempts: [
        `${folder}/python3 (python3 on PATH): is not Python 3: exit status: 127, stderr: no library`,
        `${folder}/python (python on PATH): is Python 3.6.15, but 3.7 or newer is required`,
      ],
    });
    for (const attempt of error.attempts ?? []) {
      expect(error.message).toContain(attempt);
    }
  });
});

onUnix.describe('an odd interpreter works:', () => {
  const ODD = "odd é 中 😀 it's";
  const interpreterSeen = () =>
    writeScript('import sys\ndef seen(): return sys.executable\ndef echo(value): return value\n');

  it('under a path with spaces, quotes and letters that are not ASCII', async () => {
    const folder = path.join(tempFolder(), ODD);
    mkdirSync(folder);
    const python = path.join(folder, 'my python');
    symlinkSync(await interpreter(), python);
    await withUnharmedPool(interpreterSeen(), { pythonPath: python }, async (pool) => {
      await expect(pool.execute('seen')).resolves.toBe(python);
    });
  });

  it.each([
    ['a shim of a version manager that prints garbage is bypassed', 'shims', true],
    ['a wrapper that prints garbage is kept', 'bin', false],
  ])('%s', async (_, name, isBypassed) => {
    const real = await interpreter();
    const runs = path.join(tempFolder(), 'runs');
    const folder = path.join(tempFolder(), name);
    mkdirSync(folder);
    const program = writeProgram(
      `# pyenv exec python\necho run >> '${runs}'; echo "rehashing $*"; printf 'half a line'; printf '\\377' >&2\n${running(real)}`,
      'python',
      folder,
    );
    await withUnharmedPool(interpreterSeen(), { pythonPath: program, workers: 2 }, async (pool) => {
      await expect(pool.execute('seen')).resolves.toBe(real);
      // Else also for the guardian, unless there is one, and for each worker.
      expect(linesOf(runs).length === 1).toBe(isBypassed);
    });
  });
});
