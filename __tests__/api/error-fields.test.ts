/** What an error is about: function, script and worker. */

import { pathToFileURL } from 'node:url';
import { PythonPoolError, PythonWorkerPool } from '../..';
import {
  ECHO_PROVIDER,
  fixture,
  gate,
  newPool,
  newProvider,
  newWorker,
  rejection,
  shutdownAtEnd,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('waits_at_gate.py');

describe('an error of a call', () => {
  it('names function, script and worker', async () => {
    await withPool(SCRIPT, { workers: 2 }, async (pool) => {
      const door = gate();
      const running = pool.execute('wait', [door.path]);
      const [busy] = await door.reached();
      const pid = await pool.execute('pid');
      for (const [name, code] of [
        ['wait', 'ERR_PYTHON_EXCEPTION'],
        ['missing', 'ERR_FUNCTION_NOT_FOUND'],
        ['crash', 'ERR_WORKER_CRASHED'],
      ] as const) {
        const error = await rejection(pool.execute(name, []));
        expect(error).toMatchObject({ code, function: name, script: SCRIPT });
        expect(error.worker).toEqual({ index: expect.any(Number), pid: expect.any(Number) });
        expect(error.worker?.pid).not.toBe(busy);
        if (code !== 'ERR_WORKER_CRASHED') {
          expect(error.worker?.pid).toBe(pid);
        }
      }
      door.open();
      await running;
    });
  });

  it('of the default function names that one', async () => {
    const pool = newPool(writeScript('def f(): 1 / 0\n'), {}, 'f');
    await pool.initialize();
    expect((await rejection(pool.execute())).function).toBe('f');
  });

  it('names the worker of a call that was aborted or timed out, and none of one that waited', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const pid = await pool.execute('pid');
      const door = gate();
      const controller = new AbortController();
      const running = rejection(pool.execute('wait', [door.path], { signal: controller.signal }));
      await door.reached();
      const tooLargeToPrefetch = 'x'.repeat(2048);
      const queued = rejection(
        pool.execute('wait', [door.path, tooLargeToPrefetch], { signal: controller.signal }),
      );
      controller.abort();
      expect(await running).toMatchObject({
        code: 'ABORT_ERR',
        name: 'AbortError',
        function: 'wait',
        script: SCRIPT,
        worker: { index: 0, pid },
      });
      expect(await queued).not.toHaveProperty('worker');
      const next = await pool.execute('pid');
      const late = await rejection(pool.execute('wait', [gate().path], { timeout: 50 }));
      expect(late).toMatchObject({
        code: 'ERR_CALL_TIMEOUT',
        function: 'wait',
        worker: { index: 0, pid: next },
      });
    });
  });

  it('that was found before Python was asked names function and script', async () => {
    await withPool(SCRIPT, { maxPayload: 10 }, async (pool) => {
      const getter = {
        get x() {
          throw new Error('no');
        },
      };
      for (const [args, code] of [
        [[getter], 'ERR_NOT_SERIALIZABLE'],
        [['x'.repeat(100)], 'ERR_PAYLOAD_TOO_LARGE'],
      ] as const) {
        const error = await rejection(pool.execute('echo', args));
        expect(error).toMatchObject({ code, function: 'echo', script: SCRIPT });
        expect(error).not.toHaveProperty('worker');
      }
    });
  });
});

describe('script', () => {
  it('is an absolute path, or the name of a module', async () => {
    const script = writeScript('1 / 0\n');
    const url = shutdownAtEnd(new PythonWorkerPool(pathToFileURL(script), { logger: {} }));
    expect((await rejection(url.initialize())).script).toBe(script);
    const module = newPool({ module: 'no_such_module_at_all' });
    expect((await rejection(module.initialize())).script).toBe('no_such_module_at_all');
  });

  it('is in the errors of a pool that has no call', async () => {
    const pool = newPool(SCRIPT);
    const error = await rejection(pool.execute('pid'));
    expect(error).toMatchObject({
      code: 'ERR_NOT_INITIALIZED',
      function: 'pid',
      script: SCRIPT,
      started: false,
      hint: expect.stringMatching(/^Call initialize\(\) before the first call\./),
    });
    expect((await rejection(pool.shutdown({ drain: -1 }))).script).toBe(SCRIPT);
  });

  it('is in the errors of a PythonWorker', async () => {
    const worker = newWorker(SCRIPT, 'pid', null, null, null, { logger: {} });
    const error = await rejection(worker.call());
    expect(error).toMatchObject({ code: 'ERR_WORKER_NOT_READY', function: 'pid', script: SCRIPT });
  });

  it('is in the crash that a dead pool reports', async () => {
    await withPool(SCRIPT, { maxCrashes: 1 }, async (pool) => {
      await rejection(pool.execute('crash'));
      const error = await rejection(pool.execute('pid'));
      expect(error).toMatchObject({
        code: 'ERR_POOL_DEAD',
        function: 'pid',
        script: SCRIPT,
        lastCrash: { code: 'ERR_WORKER_CRASHED', script: SCRIPT },
      });
      expect(error.lastCrash).toBeInstanceOf(PythonPoolError);
    });
  });
});

it('an error of a call that was never sent says that it has not started', async () => {
  const options = { queueTimeout: 100, maxQueue: 1 };
  const provider = newProvider(ECHO_PROVIDER).provider;
  await withPool(SCRIPT, options, async (pool) => {
    const door = gate();
    const running = rejection(pool.execute('wait', [door.path]));
    await door.reached();
    const controller = new AbortController();
    const signal = controller.signal;
    const calls = [
      pool.execute('pid', [], { signal: AbortSignal.abort() }),
      pool.execute('pid', [], { signal }),
      pool.execute('pid'),
      provider.callApi('hi', null, { abortSignal: AbortSignal.abort() }),
    ].map(rejection);
    controller.abort();
    await calls[1];
    calls.push(rejection(pool.execute('pid')));
    await calls.at(-1);
    const queued = rejection(pool.execute('pid'));
    await pool.shutdown();
    calls.push(queued, rejection(pool.execute('pid')));
    const errors = await Promise.all(calls);
    expect(errors.map(({ code, started }) => [code, started])).toEqual([
      ['ABORT_ERR', false],
      ['ABORT_ERR', false],
      ['ERR_QUEUE_FULL', false],
      ['ABORT_ERR', false],
      ['ERR_QUEUE_TIMEOUT', false],
      ['ERR_POOL_CLOSED', false],
      ['ERR_POOL_CLOSED', false],
    ]);
    expect(await running).toMatchObject({ code: 'ERR_POOL_CLOSED', started: true });
  });
});

it('the size of a payload that is too large is always known', async () => {
  await withPool(SCRIPT, { maxPayload: 100 }, async (pool) => {
    const args = await rejection(pool.execute('echo', ['x'.repeat(200)]));
    expect(args).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 100 });
    expect(args).toHaveProperty('size', expect.any(Number));
  });
});
