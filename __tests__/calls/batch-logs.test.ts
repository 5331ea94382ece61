/** What a batch logs and prints: for each of its calls, and for the pool's logger. */

import type { CallOptions, LogRecord } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  gate,
  rejection,
  runNode,
  withFullBatches,
} from '../support';

/** Options of calls, by name, and the records that each of them gets. */
function listen(names: string[]) {
  const records: Record<string, LogRecord[]> = {};
  const options = names.map((name): CallOptions => {
    records[name] = [];
    return { tags: { name }, onLog: (record) => void records[name].push(record) };
  });
  return { records, options };
}

const messages = (records: LogRecord[]) => records.map(({ message }) => message);

describe.each([
  ['prints', ['out a b', 'log a b', 'err a b']],
  ['prints_async', ['before a b', 'after a b']],
])('a batch of %s', (name, expected) => {
  it('each call receives all of it, with its own call, before it settles', async () => {
    await withFullBatches(2, async (pool) => {
      const { records, options } = listen(['a', 'b']);
      const calls = [
        pool.execute(name, ['a'], options[0]).then(() => messages(records.a)),
        pool.execute(name, ['b'], options[1]).then(() => messages(records.b)),
      ];
      expect(await Promise.all(calls)).toEqual([expected, expected]);
      for (const [index, label] of ['a', 'b'].entries()) {
        for (const { call } of records[label]) {
          expect(call).toEqual({ id: index + 1, function: name, tags: { name: label } });
        }
      }
    });
  });

  it('the logger receives it once, without a call', async () => {
    const { logger, lines } = captureLogger();
    await withFullBatches(
      2,
      async (pool) => {
        await Promise.all(['a', 'b'].map((value) => pool.execute(name, [value])));
        const logged = lines.filter(({ message }) => expected.includes(message));
        expect(logged.map(({ message }) => message)).toEqual(expected);
        for (const line of logged) {
          expect(line).toMatchObject({ worker: 0 });
          expect(line).not.toHaveProperty('call');
        }
      },
      { logger },
    );
  });

  it('the logger receives the call, if there is only one', async () => {
    const { logger, lines } = captureLogger();
    await withFullBatches(
      1,
      async (pool) => {
        await pool.execute(name, ['a'], { tags: { user: 7 } });
        const own = lines.filter(({ message }) => / a$/.test(message));
        expect(own).toHaveLength(expected.length);
        for (const { call } of own) {
          expect(call).toEqual({ id: 1, function: name, tags: { user: 7 } });
        }
      },
      { logger },
    );
  });
});

it('a call that has no onLog does not keep the others from theirs', async () => {
  await withFullBatches(3, async (pool) => {
    const { records, options } = listen(['b']);
    const throws = () => {
      throw new Error('mine');
    };
    await Promise.all([
      pool.execute('prints', ['a'], { onLog: throws }),
      pool.execute('prints', ['b'], options[0]),
      pool.execute('prints', ['c']),
    ]);
    expect(messages(records.b)).toEqual(['out a b c', 'log a b c', 'err a b c']);
  });
});

it('records are objects of their own', async () => {
  await withFullBatches(2, async (pool) => {
    const seen: string[] = [];
    const onLog = (record: LogRecord) => {
      seen.push(record.message);
      record.message = 'changed';
      Object.assign(record.extra, { changed: true });
    };
    await Promise.all(['a', 'b'].map((value) => pool.execute('prints', [value], { onLog })));
    expect(seen.filter((message) => message === 'changed')).toEqual([]);
    expect(seen).toHaveLength(6);
  });
});

it('a call that was aborted receives no more of it, and the line is that of the other', async () => {
  const { logger, lines } = captureLogger();
  await withFullBatches(
    2,
    async (pool) => {
      const { records, options } = listen(['a', 'b']);
      const controller = new AbortController();
      const door = gate();
      const aborted = rejection(
        pool.execute('prints_at_gate', [door.path, 'a'], {
          ...options[0],
          signal: controller.signal,
        }),
      );
      const other = pool.execute('prints_at_gate', [door.path, 'b'], options[1]);
      await door.reached();
      await eventually('what came before', () => records.b.length === 1);
      controller.abort();
      expect((await aborted).code).toBe('ABORT_ERR');
      door.open();
      expect(await other).toBe('b');
      expect(messages(records.a)).toEqual(['before a b']);
      expect(messages(records.b)).toEqual(['before a b', 'after a b']);
      const after = lines.filter(({ message }) => message === 'after a b');
      expect(after).toMatchObject([{ call: { id: 2, tags: { name: 'b' } } }]);
    },
    { logger },
  );
});

it('a pool without a logger prints a line once, and names the function', async () => {
  const { stdout, stderr } = await runNode(
    `const batch = { prints: { max: 2, wait: 60_000 } };
     const pool = new PythonWorkerPool(argv[0], { batch });
     await pool.initialize();
     console.log(await Promise.all(['a', 'b'].map((name) => pool.execute('prints', [name]))));
     await pool.shutdown();`,
    [fixture('batches_calls.py')],
    { env: { ...process.env, PYTHON_WORKER_POOL_LOG: 'warn' } },
  );
  expect(stdout).toBe("[ 'a', 'b' ]\n");
  expect(stderr.split('\n').filter((line) => line.endsWith(' a b'))).toEqual([
    '[python-worker-pool] Python worker 0 (prints): err a b',
  ]);
});
