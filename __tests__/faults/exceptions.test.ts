/** Calls that fail by what the script raises: that call only, and the worker is used again. */

import path from 'node:path';
import type { PythonPoolError, PythonWorkerPool } from '../..';
import { fixture, rejection, runNode, tempFolder, withUnharmedPool } from '../support';

const SCRIPT = fixture('raises_odd_exceptions.py');

// Limits of memory and files, and devices with a name, are not on Windows.
const onUnix = process.platform === 'win32' ? describe.skip : describe;
// The memory that is in use stands in a file on Linux only, where every limit is kept to.
const onLinux = process.platform === 'linux' ? it : it.skip;

/** The error of one call, after which the same process serves the next. */
async function errorOf(functionName: string, args: unknown[] = []): Promise<PythonPoolError> {
  let error: PythonPoolError | undefined;
  await inOneWorker(async (pool) => {
    error = await rejection(pool.execute(functionName, args));
  });
  return error as PythonPoolError;
}

function inOneWorker(body: (pool: PythonWorkerPool) => unknown): Promise<void> {
  return withUnharmedPool(SCRIPT, {}, async (pool) => {
    const pid = await pool.execute('pid');
    await body(pool);
    await expect(pool.execute('pid')).resolves.toBe(pid);
  });
}

onUnix('an exception that is hard to tell of is told all the same:', () => {
  it.each<[string, string, string, RegExp]>([
    ['whose __str__ raises', 'silent', 'raises_odd_exceptions.SilentError', /str\(\) failed/],
    ['whose __str__ exits', 'exiting', 'ExitingError', /str\(\) failed/],
    ['that is the cause of its cause', 'cyclic_cause', 'ValueError', /^first$/],
    ['that is its own cause', 'own_cause', 'ValueError', /^its own$/],
    ['with 3000 causes', 'long_chain', 'ValueError', /^2999$/],
    ['of endless recursion', 'recurse', 'RecursionError', /maximum recursion depth/],
    ['with a lone surrogate', 'surrogate', 'ValueError', /^\\ud800$/],
    ['of memory that there is not', 'memory', 'MemoryError', /^/],
  ])('one %s', async (_, name, pythonType, message) => {
    const error = await errorOf(name);
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType });
    expect(error.pythonMessage).toMatch(message);
    expect(error.message).toBe(`Python error: ${error.pythonMessage}\n${error.traceback}`);
    expect(error.traceback).toContain(pythonType);
  });

  it('one of 50 MB', async () => {
    const error = await errorOf('huge');
    expect(error).toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonType: 'raises_odd_exceptions.HugeError',
    });
    expect(error.pythonMessage).toHaveLength(50_000_000);
    expect(error.pythonMessage?.startsWith('m'.repeat(100))).toBe(true);
  });

  it('one of 50 MB, cut where maxPayload is less', async () => {
    await withUnharmedPool(SCRIPT, { maxPayload: 1000 }, async (pool) => {
      const error = await rejection(pool.execute('huge'));
      expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
      expect(error.pythonMessage).toContain('[... cut to fit maxPayload ...]');
      expect(error.pythonMessage?.length).toBeLessThan(2_000_000);
    });
  });

  it('a group of exceptions, with all its parts (Python 3.11 and newer)', async () => {
    await inOneWorker(async (pool) => {
      const error = await rejection(pool.execute('group'));
      expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
      if (await pool.execute('has_groups')) {
        expect(error.pythonType).toBe('ExceptionGroup');
        expect(error.pythonMessage).toBe('two went wrong (2 sub-exceptions)');
        expect(error.traceback).toMatch(/ValueError: one\n[\s\S]*KeyError: 'two'\n/);
      } else {
        expect(error.pythonType).toBe('NameError');
      }
    });
  });

  onLinux('one of a memory limit of the process', async () => {
    await inOneWorker(async (pool) => {
      const error = await rejection(pool.execute('memory_under_a_limit', [64 << 20]));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'MemoryError' });
    });
  });
});

onUnix('what would end a program ends that call only:', () => {
  const ends = ['SystemExit', 'KeyboardInterrupt', 'GeneratorExit'];

  it.each(['raise_named', 'raise_named_later'].flatMap((name) => ends.map((end) => [name, end])))(
    '%s %s',
    async (name, end) => {
      const error = await errorOf(name, [end, 'raised by the script']);
      expect(error).toMatchObject({
        code: 'ERR_PYTHON_EXCEPTION',
        pythonType: end,
        pythonMessage: 'raised by the script',
      });
    },
  );

  it.each([[[]], [[0]], [[3]], [['words']]])('sys.exit%j', async (args) => {
    const error = await errorOf('exit_by_sys', args);
    expect(error).toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonType: 'SystemExit',
      pythonMessage: args.length === 0 ? '' : String(args[0]),
    });
  });
});

onUnix('what the system refuses to the script is an error of that call:', () => {
  const isRefused = async (name: string, args: unknown[], words: RegExp) => {
    const error = await errorOf(name, args);
    expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
    expect(error.pythonType).toMatch(/^(OSError|PermissionError|FileNotFoundError)$/);
    expect(error.pythonMessage).toMatch(words);
  };

  onLinux('a full disk', () => isRefused('fill', ['/dev/full'], /No space left on device/));

  it('a file beyond the limit of the process', () =>
    isRefused(
      'write_beyond_the_limit',
      [path.join(tempFolder(), 'file'), 100_000],
      /File too large/,
    ));

  // Not even root can make a file there.
  onLinux('a temp directory that can not be written to', () =>
    isRefused('temporary_file', ['/proc'], /No such file|Permission denied|Read-only/),
  );

  it('the last descriptor of the worker', async () => {
    await inOneWorker(async (pool) => {
      for (let round = 0; round < 2; round++) {
        const error = await rejection(pool.execute('open_until_none_is_left'));
        expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'OSError' });
        expect(error.pythonMessage).toMatch(/Too many open files/);
        // Calls need none.
        const text = 'x'.repeat(1_000_000);
        await expect(pool.execute('echo', [text])).resolves.toBe(text);
        await pool.execute('close_kept');
      }
    });
  });
});

onUnix('without a temp directory', () => {
  it.each(['/nowhere/at/all', '/proc', '/dev/null'])(
    'that is there (%s), host and workers do all they do',
    async (folder) => {
      const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
      const { code, stdout, stderr } = await runNode(
        `const pool = new PythonWorkerPool(argv[0], 'echo', 2);
         await pool.initialize();
         const text = 'x'.repeat(5_000_000);
         const echoed = await Promise.all([1, 2, 3].map(() => pool.execute('echo', [text])));
         const error = await pool.execute('raise_named', ['SystemExit']).catch((error) => error);
         await pool.shutdown();
         console.log(echoed.every((one) => one === text), error.code);`,
        [SCRIPT],
        { env },
      );
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: 'true ERR_PYTHON_EXCEPTION\n',
        stderr: '',
      });
    },
  );
});

onUnix('a host without descriptors', () => {
  /** Opens files until none is left; calls go on, a restart can not. */
  const withoutDescriptors = (maxCrashes: number) =>
    runNode(
      `const fs = require('node:fs');
       const warnings = [];
       const logger = { warn: (line) => warnings.push(line), error: (line) => warnings.push(line) };
       const pool = new PythonWorkerPool(argv[0], 'echo', { maxCrashes: ${maxCrashes}, logger });
       await pool.initialize();
       const files = [];
       try {
         for (;;) files.push(fs.openSync('/dev/null'));
       } catch {}
       const seen = { echo: await pool.execute('echo', ['works']) };
       process.kill(await pool.execute('pid'), 'SIGKILL');
       while (!warnings.some((line) => line.includes('oo many open files'))) {
         await new Promise((resolve) => setTimeout(resolve, 5));
       }
       const queued = pool.execute('echo', ['queued']).catch(({ code, lastCrash }) => ({
         code, last: { ...lastCrash, message: lastCrash.message }
       }));
       if (${maxCrashes} < 5) seen.queued = await queued;
       files.forEach((file) => fs.closeSync(file));
       seen.queued = await queued;
       await pool.shutdown();
       console.log(JSON.stringify(seen));`,
      [SCRIPT],
      { prelude: 'ulimit -n 100' },
    );

  it('serves on, and restarts its worker when there are some again', async () => {
    const { code, stdout, stderr } = await withoutDescriptors(50);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ echo: 'works', queued: 'queued' });
  });

  it('says so when it has to give its workers up', async () => {
    const { code, stdout, stderr } = await withoutDescriptors(2);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      echo: 'works',
      queued: {
        code: 'ERR_POOL_DEAD',
        last: {
          code: 'ERR_SYSTEM',
          errno: 24,
          syscall: expect.any(String),
          message: expect.stringMatching(/too many open files/i),
        },
      },
    });
  });
});
