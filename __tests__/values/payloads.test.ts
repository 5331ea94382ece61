/** Texts of all sizes, and what large ones cost the event loop. */

import { createHash } from 'node:crypto';
import { fixture, onUnix, withPool } from '../support';

const SCRIPT = fixture('makes_texts.py');
const KIB = 1024;
const MIB = 1024 * KIB;
const BIG = 100 * MIB;

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

  onUnix.it(
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
