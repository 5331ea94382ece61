/** `diagnostics_channel`: what the package publishes about calls and workers. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  afterTest,
  type CallMessage,
  eventually,
  fixture,
  gate,
  newPool,
  newWorker,
  rejection,
  runNode,
  subscribed,
  tempFolder,
  withPool,
  writeScript,
} from '../support';

const GATED = fixture('waits_at_gate.py');
const MANY = fixture('runs_many_calls.py');

const ANY_TIME = expect.any(Number);

const statesOf = (messages: { state: string }[]) => messages.map(({ state }) => state);

describe('python-worker-pool:call', () => {
  it('has each call that settles, once', async () => {
    const { messages } = subscribed('call');
    await withPool(GATED, {}, async (pool) => {
      await pool.execute('echo', [1]);
      await rejection(pool.execute('missing', [], { timeout: 10_000 }));
      expect(messages).toStrictEqual([
        {
          id: 1,
          function: 'echo',
          script: GATED,
          code: undefined,
          waitTime: ANY_TIME,
          worker: 0,
          runTime: ANY_TIME,
        },
        {
          id: 2,
          function: 'missing',
          script: GATED,
          code: 'ERR_FUNCTION_NOT_FOUND',
          waitTime: ANY_TIME,
          worker: 0,
          runTime: ANY_TIME,
        },
      ]);
    });
  });

  it('has the times of a call', async () => {
    const { messages } = subscribed('call');
    await withPool(GATED, {}, async (pool) => {
      await Promise.all([1, 2].map(() => pool.execute('time.sleep', [0.05])));
      const [first, second] = messages;
      expect(first?.runTime).toBeGreaterThanOrEqual(49);
      expect(second?.waitTime).toBeGreaterThanOrEqual(49);
      const { waitTime, runTime } = pool.stats();
      expect(Math.max(...messages.map((call) => call.waitTime))).toBe(waitTime.max);
      expect(Math.max(...messages.map((call) => call.runTime ?? 0))).toBe(runTime.max);
    });
  });

  it('has neither worker nor run time of a call that no worker had', async () => {
    const { messages } = subscribed('call');
    await withPool(GATED, { maxPayload: 1000 }, async (pool) => {
      const door = gate();
      const running = pool.execute('wait', [door.path]);
      await door.reached();
      const controller = new AbortController();
      const queued = rejection(
        pool.execute('echo', ['x'.repeat(900)], { signal: controller.signal }),
      );
      const later = pool.execute('pid');
      controller.abort();
      await queued;
      await rejection(pool.execute('echo', ['\u00e4'.repeat(600)]));
      await rejection(pool.execute('echo', ['x'.repeat(1_000_000)]));
      await rejection(pool.execute('echo', [], { timeout: 0.5 - 1 }));
      await rejection(pool.execute('', []));
      const refused = { waitTime: 0, worker: undefined, runTime: undefined, script: GATED };
      const echo = { ...refused, function: 'echo' };
      expect(messages).toStrictEqual([
        { ...echo, id: 2, code: 'ABORT_ERR', waitTime: ANY_TIME },
        { ...echo, id: 4, code: 'ERR_PAYLOAD_TOO_LARGE' },
        { ...echo, id: undefined, code: 'ERR_PAYLOAD_TOO_LARGE' },
        { ...echo, id: undefined, code: 'ERR_INVALID_ARGUMENT' },
        { ...refused, function: undefined, id: undefined, code: 'ERR_INVALID_ARGUMENT' },
      ]);
      door.open();
      await Promise.all([running, later]);
    });
  });

  it('has calls of map, and of every kind of worker', async () => {
    const { messages } = subscribed('call');
    await withPool(MANY, { workers: 2, concurrencyPerWorker: 4 }, async (pool) => {
      for await (const _ of pool.map('echo', [[1], [2], [3]])) {
      }
      await Promise.all(Array.from({ length: 20 }, () => pool.execute('echo', [1])));
      expect(messages).toHaveLength(23);
      expect(new Set(messages.map(({ id }) => id)).size).toBe(23);
      const { workers } = pool.stats();
      for (const { index, calls } of workers) {
        expect(messages.filter(({ worker }) => worker === index)).toHaveLength(calls);
      }
    });
  });

  it('has calls that a PythonWorker refuses', async () => {
    const { messages } = subscribed('call');
    const worker = newWorker(GATED, 'echo', null, null, null, { logger: {} });
    const { stack } = await rejection(worker.call());
    expect(stack).toContain('channels.test.ts');
    await worker.initialize();
    const first = worker.call();
    await rejection(worker.call('pid'));
    await first;
    expect(messages.map(({ function: name, code }) => [name, code])).toEqual([
      ['echo', 'ERR_WORKER_NOT_READY'],
      ['pid', 'ERR_WORKER_BUSY'],
      ['echo', undefined],
    ]);
  });

  it('has calls whose result is invalid as failed', async () => {
    const { messages } = subscribed('call');
    await withPool(fixture('writes_on_channel.py'), {}, async (pool) => {
      await rejection(pool.execute('write_frame', [4, '7b', null, null, 0]));
      expect(messages).toMatchObject([{ code: 'ERR_WORKER_CRASHED', worker: 0 }]);
    });
  });

  it('has the calls that are made while there is a subscriber', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const before = pool.execute('wait', [door.path]);
      await door.reached();
      const { messages, stop } = subscribed('call');
      const during = pool.execute('echo', [1]);
      door.open();
      await Promise.all([before, during]);
      stop();
      await pool.execute('echo', [2]);
      expect(messages).toMatchObject([{ id: 2, function: 'echo' }]);
    });
  });

  it('a subscriber may use the pool', async () => {
    await withPool(GATED, {}, async (pool) => {
      const more: Promise<unknown>[] = [];
      const receive = (message: unknown) => {
        if ((message as CallMessage).function === 'echo') {
          more.push(pool.execute('pid'), rejection(pool.execute('')));
        }
        expect(pool.stats().calls.succeeded).toBeGreaterThan(0);
      };
      subscribe('python-worker-pool:call', receive);
      afterTest(() => {
        unsubscribe('python-worker-pool:call', receive);
      });
      const { messages } = subscribed('call');
      expect(await Promise.all([1, 2].map((value) => pool.execute('echo', [value])))).toEqual([
        1, 2,
      ]);
      expect(await Promise.all(more)).toHaveLength(4);
      expect(messages).toHaveLength(6);
      expect(pool.stats().calls).toEqual({
        succeeded: 4,
        cancelled: 0,
        failed: { ERR_INVALID_ARGUMENT: 2 },
      });
    });
  });

  it('a subscriber that throws costs no call', async () => {
    const { stdout, code } = await runNode(
      `
      const { subscribe } = require('node:diagnostics_channel');
      const fail = () => { throw new Error('subscriber'); };
      subscribe('python-worker-pool:call', fail);
      subscribe('python-worker-pool:worker', fail);
      const uncaught = [];
      process.on('uncaughtException', (error) => uncaught.push(error.message));
      const pool = new PythonWorkerPool(argv[0], 'echo', { workers: 2, logger: {} });
      await pool.initialize();
      const values = await Promise.all([1, 2, 3].map((value) => pool.execute('echo', [value])));
      await pool.execute('').catch(() => {});
      await pool.shutdown();
      await new Promise(setImmediate);
      console.log(JSON.stringify([values, new Set(uncaught).size, uncaught[0], uncaught.length >= 4]));
      `,
      [GATED],
    );
    expect([code, JSON.parse(stdout)]).toEqual([0, [[1, 2, 3], 1, 'subscriber', true]]);
  });
});

describe('python-worker-pool:worker', () => {
  it('has each state of a worker, with its process', async () => {
    const { messages } = subscribed('worker');
    await withPool(GATED, {}, async (pool) => {
      const pid = await pool.execute('pid');
      await eventually('idle', () => messages.at(-1)?.state === 'idle');
      await pool.shutdown();
      expect(messages).toStrictEqual([
        { index: 0, pid, state: 'starting', script: GATED },
        { index: 0, pid, state: 'idle', script: GATED },
        { index: 0, pid, state: 'busy', script: GATED },
        { index: 0, pid, state: 'idle', script: GATED },
        { index: 0, pid, state: 'stopping', script: GATED },
        { index: 0, pid: null, state: 'stopped', script: GATED },
      ]);
    });
  });

  it('has a crash and the process that follows', async () => {
    const { messages } = subscribed('worker');
    await withPool(GATED, {}, async (pool) => {
      const first = await pool.execute('pid');
      await rejection(pool.execute('crash'));
      await eventually('a new process', () => messages.at(-1)?.state === 'idle');
      const second = await pool.execute('pid');
      await eventually('idle', () => messages.at(-1)?.state === 'idle');
      const started = messages.filter(({ state }) => state === 'starting');
      expect(started.map(({ pid }) => pid)).toEqual([first, second]);
      expect(statesOf(messages).slice(-4)).toEqual(['starting', 'idle', 'busy', 'idle']);
    });
  });

  it('has each process that starts, also where one follows the other at once', async () => {
    const { messages } = subscribed('worker');
    const flag = path.join(tempFolder(), 'fails');
    const name = JSON.stringify(flag);
    const script = writeScript(
      'import os, time\n' +
        `if os.path.exists(${name}):\n    os.remove(${name})\n    os._exit(3)\n` +
        `def hang():\n    open(${name}, 'x').close()\n    time.sleep(60)\n`,
    );
    await withPool(script, {}, async (pool) => {
      const controller = new AbortController();
      const call = rejection(pool.execute('hang', [], { signal: controller.signal }));
      await eventually('the call', () => existsSync(flag));
      controller.abort();
      await call;
      const states = ['starting', 'idle', 'busy', 'stopping', 'starting', 'starting', 'idle'];
      await eventually('a new process', () => messages.length >= states.length);
      expect(statesOf(messages)).toEqual(states);
      const started = messages.filter(({ state }) => state === 'starting');
      expect(new Set(started.map(({ pid }) => pid)).size).toBe(3);
      expect(pool.stats().workers).toMatchObject([{ restarts: { abort: 1, crash: 1 } }]);
    });
  });

  it('has a worker that was given up as dead', async () => {
    const { messages } = subscribed('worker');
    await withPool(GATED, { maxCrashes: 1 }, async (pool) => {
      await rejection(pool.execute('crash'));
      await eventually('dead', () => messages.at(-1)?.state === 'dead');
      expect(messages.at(-1)?.pid).toBeNull();
    });
  });

  it('has a start that fails', async () => {
    const { messages } = subscribed('worker');
    await rejection(newPool(writeScript('1 / 0\n')).initialize());
    await eventually('the end', () => messages.at(-1)?.state === 'stopped');
    expect(statesOf(messages)).toEqual(['starting', 'stopping', 'stopped']);
  });

  it('has a worker that ends its calls one after the other as busy all the time', async () => {
    const { messages } = subscribed('worker');
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const calls = Array.from({ length: 50 }, (_, index) =>
        pool.execute('wait', [door.path, index]),
      );
      await door.reached();
      door.open();
      await Promise.all(calls);
      await eventually('idle', () => messages.at(-1)?.state === 'idle');
      expect(statesOf(messages)).toEqual(['starting', 'idle', 'busy', 'idle']);
    });
  });

  it('has what follows, when the pool was used since the subscription', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const call = pool.execute('wait', [door.path]);
      await door.reached();
      await new Promise(setImmediate); // what the start had to say is delivered
      const { messages } = subscribed('worker');
      expect(pool.stats().workers).toMatchObject([{ state: 'busy' }]);
      door.open();
      await call;
      await eventually('idle', () => messages.at(-1)?.state === 'idle');
      process.kill(await pool.execute('pid'), 'SIGKILL');
      const states = ['busy', 'idle', 'busy', 'idle', 'starting', 'idle'];
      await eventually('a new process', () => messages.length >= states.length);
      expect(statesOf(messages)).toEqual(states);
    });
  });

  it('has a crash of an idle worker without any use of the pool', async () => {
    await withPool(GATED, {}, async (pool) => {
      const pid = await pool.execute('pid');
      const { messages } = subscribed('worker');
      process.kill(pid, 'SIGKILL');
      await eventually('a new process', () => messages.at(-1)?.state === 'idle');
      expect(statesOf(messages)).toEqual(['starting', 'idle']);
    });
  });
});
