/** The log of a call: `onLog` and `tags`. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CallOptions, LogRecord } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  newWorker,
  rejection,
  tempFolder,
  withPool,
} from '../support';

const SCRIPT = fixture('logs_in_calls.py');

/** Options of a call that keep its records, in order. */
function listen(options: CallOptions = {}) {
  const records: LogRecord[] = [];
  return {
    records,
    messages: () => records.map(({ message }) => message),
    options: { ...options, onLog: (record: LogRecord) => void records.push(record) },
  };
}

/** What `mix` prints and logs. */
const mixed = (name: string) => [
  `out ${name}`,
  `log ${name}`,
  `err ${name}`,
  `debug ${name}`,
  `end ${name}`,
];

const gate = () => path.join(tempFolder(), 'gate');

describe('a record', () => {
  it('of logging has all its fields', async () => {
    const { records, options } = listen({ tags: { user: 7 } });
    await withPool(SCRIPT, {}, async (pool) => {
      await pool.execute('silent');
      const before = Date.now();
      await pool.execute('log_with_fields', [], options);
      expect(records).toEqual([
        {
          time: expect.any(Number),
          logger: 'app',
          level: 'warn',
          message: 'hot 7',
          worker: 0,
          file: SCRIPT,
          line: expect.any(Number),
          thread: 'MainThread',
          extra: { user: { id: 7 }, when: '2030-01-02' },
          call: { id: 2, function: 'log_with_fields', tags: { user: 7 } },
        },
      ]);
      expect(records[0].time).toBeGreaterThanOrEqual(before);
      expect(records[0].time).toBeLessThanOrEqual(Date.now());
    });
  });

  it('of a printed line names the stream, and no logger', async () => {
    const { records, options } = listen();
    await withPool(SCRIPT, {}, (pool) => pool.execute('mix', ['a'], options));
    const call = { id: 1, function: 'mix', tags: {} };
    const printed = { time: expect.any(Number), logger: '', worker: 0, extra: {}, call };
    expect(records.filter(({ stream }) => stream)).toEqual([
      { ...printed, level: 'info', message: 'out a', stream: 'stdout' },
      { ...printed, level: 'warn', message: 'err a', stream: 'stderr' },
      { ...printed, level: 'info', message: 'end a', stream: 'stdout' },
    ]);
  });

  it('has the exception that was logged', async () => {
    const { records, options } = listen();
    await withPool(SCRIPT, {}, (pool) => pool.execute('log_exception', [], options));
    expect(records).toMatchObject([
      {
        level: 'error',
        message: expect.stringMatching(/^oops\nTraceback.*KeyError: 'k'$/s),
        exception: {
          type: 'KeyError',
          message: "'k'",
          traceback: expect.stringMatching(/^Traceback.*in log_exception\n.*KeyError: 'k'\n$/s),
        },
      },
    ]);
  });

  it('keeps fields that are no JSON, as text', async () => {
    const { records, options } = listen();
    await withPool(SCRIPT, {}, (pool) => pool.execute('log_unusual_fields', [], options));
    expect(records[0].extra).toEqual({
      nan: 'nan',
      broken: '<Broken whose str() failed>',
      bytes: "b'\\xff'",
      endless: expect.objectContaining({ again: expect.anything() }),
    });
  });

  it.each([1 << 20, 20 << 20])('may have a message of %d characters', async (length) => {
    const { messages, options } = listen();
    await withPool(SCRIPT, {}, (pool) => pool.execute('log_long', [length], options));
    const [message] = messages();
    const max = 16 << 20;
    const cut = length > max ? ` [... ${length - max} bytes cut]` : '';
    expect(message === 'x'.repeat(Math.min(length, max)) + cut).toBe(true);
  });

  it('longer than maxPayload allows arrives as lines', async () => {
    const { records, options } = listen();
    await withPool(SCRIPT, { maxPayload: 1000 }, (pool) =>
      pool.execute('log_long', [2 << 20], options),
    );
    expect(new Set(records.map(({ stream, level }) => `${stream} ${level}`))).toEqual(
      new Set(['stderr warn']),
    );
    expect(records.map(({ message }) => message).join('')).toContain('x'.repeat(2 << 20));
  });
});

describe('a call receives', () => {
  it('what it prints and logs, in order, before it settles', async () => {
    const { messages, options } = listen();
    await withPool(SCRIPT, {}, async (pool) => {
      await pool.execute('mix', ['a'], options);
      expect(messages()).toEqual(mixed('a'));
    });
  });

  it.each(['mix', 'mix_in_tasks'])(
    'only its own records, among concurrent calls of %s in several workers',
    async (functionName) => {
      await withPool(SCRIPT, { workers: 3 }, async (pool) => {
        const calls = Array.from({ length: 150 }, async (_, index) => {
          const { records, messages, options } = listen({ tags: { index } });
          await pool.execute(functionName, [`${index}`], options);
          const own = messages().filter((message) => !message.startsWith('task '));
          expect(own).toEqual(mixed(`${index}`));
          expect(messages().every((message) => message.includes(` ${index}`))).toBe(true);
          expect(new Set(records.map(({ call }) => call?.tags.index))).toEqual(new Set([index]));
        });
        await Promise.all(calls);
      });
    },
  );

  it('the records of its child tasks', async () => {
    const { messages, options } = listen();
    await withPool(SCRIPT, {}, (pool) => pool.execute('mix_in_tasks', ['a'], options));
    const numbers = [0, 1, 2];
    expect(messages().sort()).toEqual(
      [...numbers, ...numbers]
        .map((number) => `task a ${number}`)
        .concat(mixed('a'))
        .sort(),
    );
  });

  it('the records of threads that it starts', async () => {
    const { records, messages, options } = listen();
    await withPool(SCRIPT, {}, (pool) => pool.execute('log_in_threads', [], options));
    const names = ['one', 'two'];
    expect(messages().sort()).toEqual(
      names.flatMap((name) => [`logged in ${name}`, `printed in ${name}`]).sort(),
    );
    const threads = records.flatMap(({ thread }) => thread ?? []);
    expect(threads).toEqual(names);
  });

  it('what is written to the descriptors while it runs alone', async () => {
    const { records, options } = listen();
    await withPool(SCRIPT, {}, async (pool) => {
      const file = gate();
      const call = pool.execute('write_to_descriptors', [file], options);
      await eventually('both lines', () => records.length === 2);
      writeFileSync(file, '');
      await call;
    });
    expect(records.map(({ stream, message }) => [stream, message]).sort()).toEqual([
      ['stderr', 'raw err'],
      ['stdout', 'raw out'],
    ]);
  });

  it('nothing that is printed after it has settled, nor does another call', async () => {
    const { logger, lines } = captureLogger();
    const [leaving, waiting] = [listen(), listen()];
    await withPool(SCRIPT, { logger }, async (pool) => {
      const file = gate();
      await pool.execute('leave_task', [file], leaving.options);
      writeFileSync(file, '');
      await pool.execute('wait_for_left', [], waiting.options);
    });
    expect(leaving.messages()).toEqual(['in time']);
    expect(waiting.messages()).toEqual([]);
    const late = lines.filter(({ message }) => message.startsWith('late'));
    expect(late.map(({ message, call }) => [message, call])).toEqual([
      ['late print', undefined],
      ['late record', undefined],
    ]);
  });

  it('nothing after its timeout', async () => {
    const { logger, lines } = captureLogger();
    const { messages, options } = listen({ timeout: 300 });
    await withPool(SCRIPT, { logger }, async (pool) => {
      await rejection(pool.execute('clean_up_late', [], options));
      await eventually('the clean-up', () => lines.some(({ message }) => message === 'cleaned up'));
    });
    expect(messages()).toEqual([]);
    expect(lines.find(({ message }) => message === 'cleaned up')?.call).toBeUndefined();
  });

  it('no more after its abort, however much it prints', async () => {
    const controller = new AbortController();
    const { records, options } = listen({ signal: controller.signal });
    await withPool(SCRIPT, {}, async (pool) => {
      const call = rejection(pool.execute('print_forever', [], options));
      await eventually('lines', () => records.length > 0);
      controller.abort();
      expect((await call).code).toBe('ABORT_ERR');
      const count = records.length;
      await pool.execute('silent');
      expect(records).toHaveLength(count);
    });
  });

  it('what it printed before its worker crashed', async () => {
    const { messages, options } = listen();
    await withPool(SCRIPT, {}, async (pool) => {
      const error = await rejection(pool.execute('crash', [], options));
      const printed = ['line before the crash', 'piece before the crash'];
      expect(messages()).toEqual(printed);
      expect(error.stderrTail).toBe(printed.join('\n'));
    });
  });

  it('the records of each run, if it is retried', async () => {
    const { messages, options } = listen({ retries: 1 });
    await withPool(SCRIPT, {}, async (pool) => {
      expect(await pool.execute('crash_once', [gate()], options)).toBe('done');
    });
    expect(messages()).toEqual(['run', 'run']);
  });

  it('its records from a single worker, too', async () => {
    const { messages, options } = listen();
    const worker = newWorker(SCRIPT, 'mix', null, null, null, { logger: {} });
    await worker.initialize();
    await worker.call('mix', ['a'], options);
    expect(messages()).toEqual(mixed('a'));
  });
});

describe('onLog', () => {
  it.each<[string, () => void]>([
    [
      'throw',
      () => {
        throw new Error('onLog has failed');
      },
    ],
    ['reject', () => Promise.reject(new Error('onLog has failed'))],
  ])('may %s', async (_, onLog) => {
    const { logger, messages } = captureLogger();
    await withPool(SCRIPT, { logger }, async (pool) => {
      expect(await pool.execute('mix', ['a'], { onLog })).toBe('a');
      expect(await pool.execute('silent', [1], { onLog })).toBe(1);
    });
    expect(messages()).toEqual(expect.arrayContaining(mixed('a')));
  });

  it('may use the pool', async () => {
    const answers: Promise<unknown>[] = [];
    await withPool(SCRIPT, {}, async (pool) => {
      const onLog = () => void answers.push(pool.execute('silent', ['answer']));
      await pool.execute('log_with_fields', [], { onLog });
      expect(await Promise.all(answers)).toEqual(['answer']);
    });
  });

  it('runs in the asynchronous context of its call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: Record<string, unknown[]> = { a: [], b: [] };
    await withPool(SCRIPT, {}, async (pool) => {
      const calls = Object.keys(seen).map((name) =>
        storage.run(name, () =>
          pool.execute('mix', [name], { onLog: () => seen[name].push(storage.getStore()) }),
        ),
      );
      await Promise.all(calls);
    });
    expect(seen).toEqual({ a: Array(5).fill('a'), b: Array(5).fill('b') });
  });

  it.each<[string, object, string]>([
    ['no function', { onLog: {} }, 'Invalid onLog: {}. Must be a function.'],
    ['no tags', { tags: 'a' }, 'Invalid tags: "a". Must be an object.'],
    ['tags in an array', { tags: ['a'] }, "Invalid tags: [ 'a' ]. Must be an object."],
  ])('refuses %s', async (_, options, message) => {
    await withPool(SCRIPT, {}, async (pool) => {
      expect(await rejection(pool.execute('silent', [], options))).toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message,
      });
    });
  });
});

describe('tags', () => {
  it('are in the context of the logger, as they were at the call', async () => {
    const { logger, lines } = captureLogger();
    await withPool(SCRIPT, { logger }, async (pool) => {
      const tags: Record<string, unknown> = { user: 7, nested: { deep: true } };
      const call = pool.execute('mix', ['a'], { tags });
      tags.user = 8;
      await call;
    });
    const own = lines.filter(({ call }) => call);
    expect(own.map(({ message }) => message)).toEqual(mixed('a'));
    for (const { call } of own) {
      expect(call).toEqual({
        id: 1,
        function: 'mix',
        tags: { user: 7, nested: { deep: true } },
      });
    }
  });
});

describe('the context of the logger', () => {
  it('has the fields of a record, and of a line of the pool what applies', async () => {
    const { logger, lines } = captureLogger();
    await withPool(SCRIPT, { logger, workers: 1 }, (pool) => pool.execute('log_with_fields'));
    const [record] = lines.filter(({ message }) => message === 'hot 7');
    expect(record).toMatchObject({
      logger: 'app',
      thread: 'MainThread',
      extra: { user: { id: 7 } },
    });
    const [ready] = lines.filter(({ message }) => message.includes('ready after'));
    expect(ready).toEqual({
      time: expect.any(Number),
      level: 'debug',
      message: expect.stringMatching(/^Python worker 0: ready after \d+ ms$/),
      worker: 0,
    });
  });
});
