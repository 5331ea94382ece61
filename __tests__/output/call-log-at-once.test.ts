/** The logs of calls that run at the same time in one worker. */

import type { LogRecord } from '../..';
import { captureLogger, eventually, fixture, rejection, withPool } from '../support';

const SCRIPT = fixture('logs_at_once.py');
const TURNS = 20;
const NAMES = ['a', 'b', 'c', 'd'];

/** What a call says in each turn, by the way that it takes. */
const spoken = (name: string) =>
  Array.from({ length: TURNS }, (_, turn) => [
    `out ${name} ${turn}`,
    `log ${name} ${turn}`,
    `err ${name} ${turn}`,
  ]).flat();

function listen() {
  const records: LogRecord[] = [];
  return {
    messages: () => records.map(({ message }) => message),
    ids: () => new Set(records.map(({ call }) => call?.id)),
    onLog: (record: LogRecord) => void records.push(record),
  };
}

const MANY = { workers: 1, concurrencyPerWorker: 4, threadsPerWorker: 4 };

describe('of calls that run at the same time, each receives', () => {
  it.each(['speak_in_task', 'speak_in_thread'])(
    'what it prints and logs in %s, in order, before it settles',
    async (functionName) => {
      const { logger, lines } = captureLogger();
      await withPool(SCRIPT, { ...MANY, logger }, async (pool) => {
        const calls = NAMES.map(async (name) => {
          const { messages, ids, onLog } = listen();
          expect(await pool.execute(functionName, [name, NAMES.length], { onLog })).toBe(name);
          expect(messages()).toEqual([...spoken(name), `end ${name}`]);
          expect(ids().size).toBe(1);
        });
        await Promise.all(calls);
      });
      const own = lines.filter(({ call }) => call).map(({ message }) => message.split(' ')[1]);
      // They took turns.
      expect(own.filter((name, index) => name !== own[index - 1]).length).toBeGreaterThan(TURNS);
    },
  );

  it('what its child tasks print', async () => {
    await withPool(SCRIPT, MANY, async (pool) => {
      const calls = NAMES.map(async (name) => {
        const { messages, onLog } = listen();
        await pool.execute('speak_in_child_tasks', [name, NAMES.length], { onLog });
        expect(messages()).toEqual(spoken(name).flatMap((line) => childLine(line)));
      });
      await Promise.all(calls);
    });
  });

  it('nothing after its abort: what it prints then is for the logger', async () => {
    const { logger, lines } = captureLogger();
    const controller = new AbortController();
    const [aborted, other] = [listen(), listen()];
    await withPool(SCRIPT, { ...MANY, logger }, async (pool) => {
      const { signal } = controller;
      const call = rejection(pool.execute('wait', ['a'], { signal, onLog: aborted.onLog }));
      const beside = new AbortController();
      const left = rejection(
        pool.execute('wait', ['b'], { signal: beside.signal, onLog: other.onLog }),
      );
      await eventually('both', () => aborted.messages().length + other.messages().length === 2);
      controller.abort();
      expect((await call).code).toBe('ABORT_ERR');
      const printed = () => lines.find(({ message }) => message === 'finally a');
      await eventually('the clean-up', () => printed() !== undefined);
      expect(printed()).toMatchObject({ worker: 0, stream: 'stdout' });
      expect(printed()?.call).toBeUndefined();
      expect(await pool.execute('silent', ['still here'])).toBe('still here');
      beside.abort();
      await left;
    });
    expect(aborted.messages()).toEqual(['waiting a']);
    expect(other.messages()).toEqual(['waiting b']);
  });

  it('its own, made by map', async () => {
    const records: LogRecord[] = [];
    await withPool(SCRIPT, MANY, async (pool) => {
      const calls = NAMES.map((name) => [name, NAMES.length]);
      const onLog = (record: LogRecord) => void records.push(record);
      const results: unknown[] = [];
      for await (const name of pool.map('speak_in_task', calls, {
        onLog,
        tags: { mapped: true },
      })) {
        results.push(name);
      }
      expect(results).toEqual(NAMES);
    });
    for (const [index, name] of NAMES.entries()) {
      const own = records.filter(({ call }) => call?.id === index + 1);
      expect(own.map(({ message }) => message)).toEqual([...spoken(name), `end ${name}`]);
      expect(own[0].call).toEqual({
        id: index + 1,
        function: 'speak_in_task',
        tags: { mapped: true },
      });
    }
  });
});

/** The line of a child task beside a line of `out`. */
function childLine(line: string): string[] {
  return line.startsWith('out ') ? [line.replace('out', 'child')] : [];
}
