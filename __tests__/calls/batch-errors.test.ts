/** Batched functions that fail: for one call, or for all of a batch. */

import type { PythonPoolError } from '../..';
import { outcomesOf, rejection, withFullBatches } from '../support';

const SIZE = 3;

/** The errors of a full batch, each call of which has this argument. */
const errorsOf = (name: string, value: unknown): Promise<PythonPoolError[]> =>
  new Promise((resolve, reject) => {
    withFullBatches(SIZE, async (pool) => {
      const calls = Array.from({ length: SIZE }, () => rejection(pool.execute(name, [value])));
      resolve(await Promise.all(calls));
    }).catch(reject);
  });

describe('an exception object in the result', () => {
  it('fails its call, with its traceback, and no other', async () => {
    await withFullBatches(4, async (pool) => {
      const calls = [
        pool.execute('divide', [1, 2]),
        pool.execute('divide', [1, 0]),
        pool.execute('divide', [3, 2]),
        pool.execute('divide', [2, 0]),
      ];
      expect(await outcomesOf(calls)).toEqual([
        0.5,
        'ERR_PYTHON_EXCEPTION',
        1.5,
        'ERR_PYTHON_EXCEPTION',
      ]);
      const error = await rejection(calls[1]);
      expect(error).toMatchObject({
        pythonType: 'ZeroDivisionError',
        pythonMessage: 'division by zero',
        function: 'divide',
        traceback: expect.stringMatching(
          /in divide\n[\s\S]*ZeroDivisionError: division by zero\n$/,
        ),
      });
      expect(error.message).toMatch(/^Python error: ZeroDivisionError: division by zero/);
      expect(error.traceback).not.toContain('_python_worker_pool');
    });
  });

  it('need not have been raised', async () => {
    await withFullBatches(3, async (pool) => {
      const calls = ['', 'one', 'two'].map((text) => pool.execute('unraised', [text]));
      expect(await calls[0]).toBe('');
      for (const [index, text] of ['one', 'two'].entries()) {
        const error = await rejection(calls[index + 1]);
        expect(error).toMatchObject({
          code: 'ERR_PYTHON_EXCEPTION',
          pythonType: 'ValueError',
          pythonMessage: text,
          traceback: expect.stringContaining(`ValueError: ${text}`),
        });
      }
    });
  });

  it('fails a call that is alone, too', async () => {
    await withFullBatches(1, async (pool) => {
      const error = await rejection(pool.execute('divide', [1, 0]));
      expect(error).toMatchObject({ pythonType: 'ZeroDivisionError' });
    });
  });
});

describe('an exception', () => {
  it.each(['fail', 'fail_async'])('that is raised fails all calls: %s', async (name) => {
    for (const error of await errorsOf(name, 'x')) {
      expect(error).toMatchObject({
        code: 'ERR_PYTHON_EXCEPTION',
        pythonType: 'ValueError',
        pythonMessage: `all ${SIZE}`,
        traceback: expect.stringContaining(`in ${name}\n`),
        function: name,
      });
    }
  });

  it('of a sequence that cannot be read fails all calls', async () => {
    for (const error of await errorsOf('returns', 'broken')) {
      expect(error).toMatchObject({ pythonType: 'LookupError', pythonMessage: 'broken' });
    }
  });

  it('is that of Python for arguments that the function does not take', async () => {
    await withFullBatches(2, async (pool) => {
      const calls = [1, 2].map((index) => rejection(pool.execute('sizes', [index, 'more'])));
      for (const error of await Promise.all(calls)) {
        expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
        expect(error.message).toMatch(/sizes\(\) takes 1 positional argument but 2 were given/);
      }
    });
  });

  it('leaves the worker as it was', async () => {
    await withFullBatches(2, async (pool) => {
      const pid = await pool.execute('pid');
      const calls = [1, 2].map((index) => pool.execute('fail', [index]));
      expect(await outcomesOf(calls)).toEqual(['ERR_PYTHON_EXCEPTION', 'ERR_PYTHON_EXCEPTION']);
      expect(await Promise.all([pool.execute('sizes', [1]), pool.execute('sizes', [2])])).toEqual([
        2, 2,
      ]);
      expect(await pool.execute('pid')).toBe(pid);
    });
  });
});

describe('a result that is no sequence of that length', () => {
  it.each([
    ['too few', 'ValueError', 'a value of type list and length 2'],
    ['too many', 'ValueError', 'a value of type list and length 4'],
    ['nothing', 'TypeError', 'None'],
    ['a number', 'TypeError', 'a value of type int'],
    ['text', 'TypeError', 'a value of type str'],
    ['bytes', 'TypeError', 'a value of type bytes'],
    ['a dict', 'TypeError', 'a value of type dict'],
    ['a set', 'TypeError', 'a value of type set'],
    ['a generator', 'TypeError', 'a value of type generator'],
  ])('is one error for all calls: %s', async (kind, type, came) => {
    const text =
      `returns() ran for a batch of ${SIZE} calls but returned ${came}. ` +
      'Return a list with one result for each call, in their order.';
    for (const error of await errorsOf('returns', kind)) {
      expect(error).toMatchObject({
        code: 'ERR_PYTHON_EXCEPTION',
        pythonType: type,
        pythonMessage: text,
        function: 'returns',
      });
    }
  });

  it('is an error for a generator function, too', async () => {
    for (const error of await errorsOf('yields', 'x')) {
      expect(error.message).toMatch(/yields\(\) .* a value of type generator\./);
    }
  });
});

describe('a result that cannot be sent', () => {
  it('fails its call only, with a path as of a call that is alone', async () => {
    await withFullBatches(3, async (pool) => {
      const names = ['plain', 'object', 'nan'];
      const [plain, ...calls] = names.map((name) => pool.execute('odd_values', [name]));
      const errors = await Promise.all(calls.map((call) => rejection(call)));
      expect(await plain).toBe(1);
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output' });
      }
    });
  });

  it('as it exceeds maxPayload fails its call only', async () => {
    await withFullBatches(
      3,
      async (pool) => {
        const names = ['plain', 'long', 'plain'];
        const calls = names.map((name) => pool.execute('odd_values', [name]));
        expect(await outcomesOf(calls)).toEqual([1, 'ERR_PAYLOAD_TOO_LARGE', 1]);
      },
      { maxPayload: 2000 },
    );
  });
});

it('a function that the script does not have fails all calls', async () => {
  for (const error of await errorsOf('missing', 1)) {
    expect(error).toMatchObject({ code: 'ERR_FUNCTION_NOT_FOUND', function: 'missing' });
    expect(error.available).toContain('sizes');
  }
});
