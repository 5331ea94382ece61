import { createHash } from 'node:crypto';
import type { PythonWorkerPool } from '../..';
import { fixture, rejection, withPool, writeScript } from '../support';

const SCRIPT = fixture('makes_texts.py');
const KIB = 1024;
const MIB = 1024 * KIB;
const BIG = 100 * MIB;

// Suspending a process from outside is what POSIX has and Windows has not.
const onUnix = process.platform === 'win32' ? it.skip : it;

/** JSON text of one string argument adds `["` and `"]`; that of a string result two quotes. */
const QUOTES_OF_ARGUMENTS = 4;
const QUOTES_OF_RESULT = 2;

const ALPHABETS = {
  ASCII: 'plain "text"',
  'Latin-1': 'é"ß\u00ff',
  CJK: '中文測試',
  emoji: '😀x',
  'lone surrogates': 'a\ud800b\udfff',
};

describe('a text arrives whole in both directions', () => {
  const sizes = [0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, MIB];

  it.each(sizes)('of %d bytes', async (size) => {
    await withPool(SCRIPT, {}, async (pool) => {
      const text = 'x'.repeat(size);
      expect(await pool.execute('size', [text])).toBe(size);
      expect(await pool.execute('text_of', [size])).toBe(text);
      expect(await pool.execute('echo', [text])).toBe(text);
    });
  });

  it.each([16, 4 * KIB, 64 * KIB, MIB])('whose frame is within a byte of %d', async (size) => {
    await withPool(SCRIPT, {}, async (pool) => {
      // Header, name and quotes are fewer than 48 bytes: one of these hits the border exactly.
      const lengths = Array.from({ length: 50 }, (_, index) => size - 48 + index).filter(
        (n) => n > 0,
      );
      const texts = lengths.map((length) => 'y'.repeat(length));
      const echoed = await Promise.all(texts.map((text) => pool.execute('echo', [text])));
      expect(echoed.map((text) => text.length)).toEqual(lengths);
      expect(echoed.every((text, index) => text === texts[index])).toBe(true);
    });
  });

  it('whose characters lie across the borders of chunks', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const word = '😀é中';
      for (let shift = 0; shift < 9; shift++) {
        const text = 'x'.repeat(shift) + word.repeat(30_000);
        expect((await pool.execute('echo', [text])) === text).toBe(true);
        expect(await pool.execute('digest', [text])).toBe(
          createHash('sha256').update(text).digest('hex'),
        );
      }
    });
  });

  it.each(Object.entries(ALPHABETS))('made of many short ones of %s', async (_, alphabet) => {
    await withPool(SCRIPT, {}, async (pool) => {
      // Shifted, so that a character of each kind lies across every border within the JSON.
      for (let shift = 0; shift < 9; shift++) {
        const texts = Array.from({ length: 3000 }, (_, index) =>
          alphabet.repeat(1 + (index % 40)).slice(shift),
        );
        expect(await pool.execute('echo', [texts])).toEqual(texts);
      }
    });
  });

  it('when nothing at all is passed or returned', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      expect(await pool.execute('echo')).toBeNull();
      expect(await pool.execute('echo', [''])).toBe('');
    });
  });
});

describe('100 MB', () => {
  it('cross as an argument', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      expect(await pool.execute('size', ['x'.repeat(BIG)])).toBe(BIG);
    });
  });

  it('cross as a result', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const text = await pool.execute('text_of', [BIG]);
      expect(text === 'x'.repeat(BIG)).toBe(true);
    });
  });

  it('cross both ways at once on two workers', async () => {
    await withPool(SCRIPT, { workers: 2 }, async (pool) => {
      const text = 'z'.repeat(BIG);
      const echoed = await Promise.all([
        pool.execute('echo', [text]),
        pool.execute('echo', [text]),
      ]);
      expect(echoed.every((back) => back === text)).toBe(true);
      expect(await pool.execute('size', ['after'])).toBe(5);
    });
  }, 60_000);

  it('do not stall the event loop beyond the JSON work', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const text = 'x'.repeat(BIG);
      const jsonWork = timeOfJson([text]);
      const gap = await longestGapDuring(() => pool.execute('echo', [text]));
      // Between two timers lies at most writing or parsing the text, and copying it: generously,
      // for a busy machine.
      expect(gap).toBeLessThan(5 * jsonWork + 1000);
    });
  }, 60_000);

  onUnix(
    'do not stall the event loop while the worker reads nothing',
    async () => {
      await withPool(SCRIPT, {}, async (pool) => {
        const text = 'x'.repeat(BIG);
        const pid = await pool.execute('pid');
        process.kill(pid, 'SIGSTOP');
        try {
          let settled = false;
          const call = pool.execute('size', [text]).finally(() => {
            settled = true;
          });
          for (let turn = 0; turn < 20; turn++) {
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
          expect(settled).toBe(false);
          process.kill(pid, 'SIGCONT');
          expect(await call).toBe(BIG);
        } finally {
          process.kill(pid, 'SIGCONT');
        }
      });
    },
    60_000,
  );
});

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
    });
  });

  it('counts bytes, not characters', async () => {
    await withLimit(async (pool) => {
      const half = limit / 2;
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
});

/** Milliseconds that `JSON` takes to write and read a value. */
function timeOfJson(value: unknown): number {
  const begin = performance.now();
  JSON.parse(JSON.stringify(value));
  return performance.now() - begin;
}

/** The longest time in milliseconds between two turns of the event loop. */
async function longestGapDuring(body: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) {
      setTimeout(turn, 1);
    }
  };
  turn();
  await body();
  running = false;
  turn();
  return longest;
}

it('large results that are there at once leave the event loop its turns', async () => {
  await withPool(SCRIPT, { workers: 2 }, async (pool) => {
    let turn = 0;
    let counting = setImmediate(function count() {
      turn += 1;
      counting = setImmediate(count);
    });
    try {
      const turns: number[] = [];
      const calls = Array.from({ length: 12 }, async () => {
        const text = await pool.execute('text_of', [MIB]);
        turns.push(turn);
        return text.length;
      });
      const small = pool.execute('echo', ['after the large ones']);
      // What has not come by now is not to be waited for turn by turn either.
      const until = performance.now() + 500;
      while (performance.now() < until);
      expect(await Promise.all(calls)).toEqual(calls.map(() => MIB));
      expect(await small).toBe('after the large ones');
      // One as the loop polls, and one as it runs what was set for immediately after.
      const most = Math.max(...turns.map((one) => turns.filter((other) => other === one).length));
      expect(most).toBeLessThanOrEqual(2);
    } finally {
      clearImmediate(counting);
    }
  });
});
