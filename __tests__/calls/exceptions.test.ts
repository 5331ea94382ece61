/** Exceptions: the fields of their errors. The same worker serves the next call. */

import type { PythonPoolError } from '../..';
import {
  callError,
  fixture,
  onLinux,
  onUnix,
  rejection,
  withUnharmedPool,
  withUnharmedWorker,
} from '../support';

const SCRIPT = fixture('fails_every_way.py');
const ODD = fixture('raises_odd_exceptions.py');

/** The error of one call, after which the same process serves the next. */
function oddErrorOf(functionName: string, args: unknown[] = []): Promise<PythonPoolError> {
  return withUnharmedWorker(ODD, (pool) => rejection(pool.execute(functionName, args)));
}

const errorOf = (name: string, args: unknown[]) => callError(SCRIPT, name, args);

describe('ERR_PYTHON_EXCEPTION', () => {
  it('has the message and the traceback of the exception, without frames of the worker', async () => {
    const error = await errorOf('fail_inside', []);
    expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
    expect(error.pythonType).toBe('ValueError');
    expect(error.pythonMessage).toBe('inside');
    const frames = error.traceback?.replace(/ValueError: inside\n$/, '').trimEnd();
    expect(error.message).toBe(`Python error: ValueError: inside\n${frames}`);
    expect(error.traceback).toMatch(/^Traceback \(most recent call last\):\n/);
    expect(error.traceback).toMatch(/fails_every_way\.py", line \d+, in fail_inside\n/);
    expect(error.traceback).toMatch(/fails_every_way\.py", line \d+, in fail\n/);
    expect(error.traceback).toMatch(/\nValueError: inside\n$/);
    expect(error.traceback).not.toContain('_python_worker_pool');
    expect(error.traceback).not.toContain('start.py');
  });

  it('names the type of an exception of the script with its module', async () => {
    const error = await errorOf('fail_with_own_type', []);
    expect(error.pythonType).toBe('fails_every_way.OutOfTokens');
    expect(error.message).toMatch(
      /^Python error: fails_every_way\.OutOfTokens: none left\nTraceback/,
    );
  });

  it('has the cause in the traceback', async () => {
    const { traceback, pythonMessage } = await errorOf('fail_with_cause', []);
    expect(pythonMessage).toBe('second');
    expect(traceback).toMatch(/ValueError: first\n\nThe above exception was the direct cause/);
    expect(traceback).toMatch(/\nRuntimeError: second\n$/);
  });

  it('is raised by an async function and by a wrong number of arguments, too', async () => {
    await expect(errorOf('fail_later', [])).resolves.toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonMessage: 'later',
    });
    await expect(errorOf('needs_two', [1])).resolves.toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonType: 'TypeError',
      pythonMessage: expect.stringContaining("missing 1 required positional argument: 'second'"),
    });
  });

  it('may have an empty message', async () => {
    const error = await errorOf('fail_without_text', []);
    expect(error).toMatchObject({ pythonType: 'KeyError', pythonMessage: '' });
    expect(error.message).toMatch(/^Python error: KeyError\nTraceback/);
  });
});

onUnix.describe('an exception that is hard to report is reported all the same:', () => {
  it.each<[string, string, string, RegExp]>([
    ['whose __str__ raises', 'silent', 'raises_odd_exceptions.SilentError', /str\(\) failed/],
    ['whose __str__ exits', 'exiting', 'ExitingError', /str\(\) failed/],
    ['that is the cause of its cause', 'cyclic_cause', 'ValueError', /^first$/],
    ['that is its own cause', 'own_cause', 'ValueError', /^its own$/],
    ['with 3000 causes', 'long_chain', 'ValueError', /^2999$/],
    ['of endless recursion', 'recurse', 'RecursionError', /maximum recursion depth/],
    ['with a lone surrogate', 'surrogate', 'ValueError', /^\\ud800$/],
    ['of memory that does not exist', 'memory', 'MemoryError', /^/],
  ])('one %s', async (_, name, pythonType, message) => {
    const error = await oddErrorOf(name);
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType });
    expect(error.pythonMessage).toMatch(message);
    const text = error.pythonMessage ? `: ${error.pythonMessage}` : '';
    const [headline, frames = ''] = error.message.split(/\n([\s\S]*)/);
    expect(headline).toBe(`Python error: ${error.pythonType}${text}`);
    expect(error.traceback?.startsWith(frames)).toBe(true);
    expect(frames.split('\n')).not.toContain(`${error.pythonType}${text}`);
    expect(error.traceback).toContain(pythonType);
  });

  it('one of 50 MB', async () => {
    const error = await oddErrorOf('huge');
    expect(error).toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonType: 'raises_odd_exceptions.HugeError',
    });
    expect(error.pythonMessage).toHaveLength(50_000_000);
    expect(error.pythonMessage?.startsWith('m'.repeat(100))).toBe(true);
  });

  it('one of 50 MB, cut where maxPayload is less', async () => {
    await withUnharmedPool(ODD, { maxPayload: 1000 }, async (pool) => {
      const error = await rejection(pool.execute('huge'));
      expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
      expect(error.pythonMessage).toContain('[... cut to fit maxPayload ...]');
      expect(error.pythonMessage?.length).toBeLessThan(2_000_000);
    });
  });

  it('a group of exceptions, with all its parts (Python 3.11 and newer)', async () => {
    await withUnharmedWorker(ODD, async (pool) => {
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

  onLinux.it('one caused by the memory limit of the process', async () => {
    await withUnharmedWorker(ODD, async (pool) => {
      const error = await rejection(pool.execute('memory_under_a_limit', [64 << 20]));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'MemoryError' });
    });
  });
});

describe('an exception that ends a program ends that call only:', () => {
  const ends = ['SystemExit', 'KeyboardInterrupt', 'GeneratorExit'];

  it.each(['raise_named', 'raise_named_later'].flatMap((name) => ends.map((end) => [name, end])))(
    '%s %s',
    async (name, end) => {
      const error = await oddErrorOf(name, [end, 'raised by the script']);
      expect(error).toMatchObject({
        code: 'ERR_PYTHON_EXCEPTION',
        pythonType: end,
        pythonMessage: 'raised by the script',
      });
    },
  );

  it('endless recursion', async () => {
    expect(await oddErrorOf('recurse')).toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonType: 'RecursionError',
    });
  });

  it.each([[[]], [[0]], [[3]], [['words']]])('sys.exit%j', async (args) => {
    const error = await oddErrorOf('exit_by_sys', args);
    expect(error).toMatchObject({
      code: 'ERR_PYTHON_EXCEPTION',
      pythonType: 'SystemExit',
      pythonMessage: args.length === 0 ? '' : String(args[0]),
    });
  });
});
