/** `maxPayload`: what it bounds, to the byte, and what it does not. */

import type { PythonWorkerPool } from '../..';
import { fixture, rejection, withPool, writeScript } from '../support';

const SCRIPT = fixture('makes_texts.py');
const ERRORS = fixture('fails_every_way.py');
const MIB = 1024 * 1024;

/** JSON text of one string argument adds `["` and `"]`; that of a string result two quotes. */
const QUOTES_OF_ARGUMENTS = 4;
const QUOTES_OF_RESULT = 2;

describe('maxPayload', () => {
  const limit = 1000;
  const withLimit = (body: (pool: PythonWorkerPool) => Promise<void>) =>
    withPool(SCRIPT, { maxPayload: limit }, async (pool) => {
      const pid = await pool.execute('pid');
      await body(pool);
      expect(await pool.execute('pid')).toBe(pid);
    });

  it('takes arguments of exactly that size, in bytes of JSON text', async () => {
    await withLimit(async (pool) => {
      const size = limit - QUOTES_OF_ARGUMENTS;
      expect(await pool.execute('size', ['x'.repeat(size)])).toBe(size);
    });
  });

  it('refuses larger arguments and tells both sizes', async () => {
    await withLimit(async (pool) => {
      const text = 'x'.repeat(limit - QUOTES_OF_ARGUMENTS + 1);
      const error = await rejection(pool.execute('size', [text]));
      expect(error).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', size: limit + 1, limit });
      expect(error.message).toMatch(/arguments/);
      expect(error.message).toContain(String(limit));
    });
  });

  it('takes a result of exactly that size', async () => {
    await withLimit(async (pool) => {
      const size = limit - QUOTES_OF_RESULT;
      expect(await pool.execute('text_of', [size])).toHaveLength(size);
    });
  });

  it('refuses a larger result and tells both sizes', async () => {
    await withLimit(async (pool) => {
      const size = limit - QUOTES_OF_RESULT + 1;
      const error = await rejection(pool.execute('text_of', [size]));
      expect(error).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', size: limit + 1, limit });
      expect(error.message).toMatch(/result/);
      expect(error.message).toContain('maxPayload');
    });
  });

  it('counts bytes, not characters', async () => {
    await withLimit(async (pool) => {
      const half = limit / 2;
      const fits = 'é'.repeat(half - QUOTES_OF_ARGUMENTS / 2);
      expect(await pool.execute('echo', [fits])).toBe(fits);
      const refusedArguments = await rejection(pool.execute('size', ['é'.repeat(half)]));
      expect(refusedArguments.code).toBe('ERR_PAYLOAD_TOO_LARGE');
      const refusedResult = await rejection(pool.execute('text_of', [half, 'é']));
      expect(refusedResult).toMatchObject({
        code: 'ERR_PAYLOAD_TOO_LARGE',
        size: limit + QUOTES_OF_RESULT,
      });
    });
  });

  it('fails only the call that exceeds it, not those around it', async () => {
    await withPool(SCRIPT, { workers: 2, maxPayload: MIB }, async (pool) => {
      const outcomes = await Promise.allSettled([
        pool.execute('size', ['before']),
        pool.execute('size', ['x'.repeat(2 * MIB)]),
        pool.execute('text_of', [50 * MIB]),
        pool.execute('size', ['between']),
        pool.execute('text_of', [2 * MIB]),
        pool.execute('size', ['after']),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
    });
  });

  it('bounds values, not the reason why a call failed', async () => {
    await withPool(SCRIPT, { maxPayload: 150 }, async (pool) => {
      const missing = await rejection(pool.execute('call_api'));
      expect(missing).toMatchObject({ code: 'ERR_FUNCTION_NOT_FOUND' });
      expect(missing.available).toContain('text_of');
      const raised = await rejection(pool.execute('digest', [[]]));
      expect(raised).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'AttributeError' });
      const unfit = await rejection(pool.execute('unfit'));
      expect(unfit).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'output' });
    });
  });

  it('bounds values, not the reason why a script can not be imported', async () => {
    const script = writeScript('raise ValueError("the reason")\n');
    const error = await rejection(withPool(script, { maxPayload: 150 }, () => {}));
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain('ValueError: the reason');
  });

  it('of a single byte is honoured as well', async () => {
    await withPool(SCRIPT, { maxPayload: 1 }, async (pool) => {
      expect(await rejection(pool.execute('echo'))).toMatchObject({
        code: 'ERR_PAYLOAD_TOO_LARGE',
        size: '[]'.length,
        limit: 1,
      });
    });
  });

  it('of any size that is accepted does not hinder the start, nor hide an exception', async () => {
    await withPool(ERRORS, { maxPayload: 1 }, async (pool) => {
      const error = await rejection(pool.execute('text_of'));
      expect(error.code).toMatch(/^ERR_(PYTHON_EXCEPTION|PAYLOAD_TOO_LARGE)$/);
    });
    await withPool(ERRORS, { maxPayload: 100 }, async (pool) => {
      const error = await rejection(pool.execute('fail', ['x']));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'ValueError' });
    });
  });
});
