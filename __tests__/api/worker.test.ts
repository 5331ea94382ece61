/** The class PythonWorker: one process, one call at a time. */

import { PythonWorker, type PythonWorkerOptions } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  gate,
  isAlive,
  newWorker,
  rejection,
  thrown,
  withEnvironment,
  writeScript,
} from '../support';

const SCRIPT = fixture('fails_every_way.py');

// Without a logger, warnings go to stderr.
let stderr: jest.SpyInstance;
beforeEach(() => {
  stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => stderr.mockRestore());

async function started(
  ...parameters: ConstructorParameters<typeof PythonWorker>
): Promise<PythonWorker> {
  const worker = newWorker(...parameters);
  await worker.initialize();
  return worker;
}

const becomesReady = (worker: PythonWorker) =>
  eventually('the worker to be ready', () => worker.isReady());

describe('initialize', () => {
  it('makes the worker ready', async () => {
    const worker = newWorker(SCRIPT, 'echo');
    expect([worker.isReady(), worker.isBusy(), worker.isDead()]).toEqual([false, false, false]);
    await worker.initialize();
    expect([worker.isReady(), worker.isBusy(), worker.isDead()]).toEqual([true, false, false]);
  });

  it('is not ready before the import is over', async () => {
    const door = gate();
    const worker = newWorker(fixture('waits_in_import.py'), 'pid');
    const start = withEnvironment({ TEST_GATE: door.path }, () => worker.initialize());
    await door.reached();
    expect(worker.isReady()).toBe(false);
    expect((await rejection(worker.call('pid', []))).message).toBe('Worker not ready');
    door.open();
    await start;
    expect(worker.isReady()).toBe(true);
  });

  it('starts one process, however often it is called', async () => {
    const worker = newWorker(SCRIPT, 'pid');
    await Promise.all([worker.initialize(), worker.initialize()]);
    const pid = await worker.call('pid', []);
    await worker.initialize();
    await expect(worker.call('pid', [])).resolves.toBe(pid);
  });

  it('rejects when the script cannot be imported', async () => {
    const worker = newWorker(writeScript('1 / 0\n'), 'echo');
    const error = await rejection(worker.initialize());
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain('ZeroDivisionError');
    expect(worker.isReady()).toBe(false);
  });

  it('rejects when the interpreter does not exist', async () => {
    const worker = newWorker(SCRIPT, 'echo', 'no-python-9');
    const error = await rejection(worker.initialize());
    expect(error.code).toBe('ERR_PYTHON_NOT_FOUND');
  });
});

describe('call', () => {
  it('returns what the function returns', async () => {
    const worker = await started(SCRIPT, 'echo');
    const value = { text: 'wörds', list: [1, null, { deep: true }] };
    await expect(worker.call('echo', [value])).resolves.toStrictEqual(value);
  });

  it('calls the default function when none is named', async () => {
    const worker = await started(SCRIPT, 'echo');
    await expect(worker.call(undefined, ['by default'])).resolves.toBe('by default');
    await expect(worker.call(null, ['by default'])).resolves.toBe('by default');
  });

  it('runs in one process that keeps its state', async () => {
    const worker = await started(fixture('counts_calls.py'), 'count');
    await expect(worker.call('count', [])).resolves.toBe(1);
    await expect(worker.call('count', [])).resolves.toBe(2);
  });

  it('rejects with the exception of the function, and serves the next call', async () => {
    const worker = await started(SCRIPT, 'echo');
    const pid = await worker.call('pid', []);
    const error = await rejection(worker.call('fail', ['no luck']));
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'no luck' });
    expect(worker.isReady()).toBe(true);
    await expect(worker.call('pid', [])).resolves.toBe(pid);
  });

  it('rejects with "Worker not ready" before initialize and after shutdown', async () => {
    const worker = newWorker(SCRIPT, 'echo');
    const before = await rejection(worker.call('echo', [1]));
    expect(before.code).toBe('ERR_WORKER_NOT_READY');
    expect(before.message).toBe('Worker not ready');
    await worker.initialize();
    await worker.shutdown();
    const after = await rejection(worker.call('echo', [1]));
    expect(after.code).toBe('ERR_WORKER_NOT_READY');
    expect(after.message).toBe('Worker not ready');
  });

  it('rejects with "Worker is busy" during another call, which continues', async () => {
    const worker = await started(SCRIPT, 'echo');
    const door = gate();
    const running = worker.call('wait', [door.path]);
    // Immediately, before Python can have read the first call.
    const error = await rejection(worker.call('echo', [1]));
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe('ERR_WORKER_BUSY');
    expect(error.message).toBe('Worker is busy');
    await door.reached();
    expect((await rejection(worker.call('echo', [1]))).code).toBe('ERR_WORKER_BUSY');
    door.open();
    await running;
    await expect(worker.call('echo', ['free'])).resolves.toBe('free');
  });

  it('rejects bad arguments with ERR_INVALID_ARGUMENT and ERR_NOT_SERIALIZABLE', async () => {
    const worker = await started(SCRIPT, 'echo');
    for (const call of [
      worker.call('echo', 'text' as never),
      worker.call(5 as never, []),
      worker.call('', []),
      worker.call('echo', [], { timeout: -1 }),
    ]) {
      expect((await rejection(call)).code).toBe('ERR_INVALID_ARGUMENT');
    }
    const argument = {
      toJSON() {
        throw new Error('no');
      },
    };
    const error = await rejection(worker.call('echo', [argument]));
    expect(error).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', path: 'args[0]' });
    expect(worker.isBusy()).toBe(false);
    await expect(worker.call('echo', ['free'])).resolves.toBe('free');
  });

  it('times out after the timeout of the constructor or of the call, and is replaced', async () => {
    const worker = await started(SCRIPT, 'echo', undefined, 300);
    const pid: number = await worker.call('pid', [], { timeout: 20_000 });
    const first = await rejection(worker.call('sleep_here', [60]));
    expect(first.code).toBe('ERR_CALL_TIMEOUT');
    expect(first.message).toBe('Python worker timed out after 300ms');
    await becomesReady(worker);
    expect(isAlive(pid)).toBe(false);
    await expect(worker.call('pid', [], { timeout: 20_000 })).resolves.not.toBe(pid);
    const second = await rejection(worker.call('sleep_here', [60], { timeout: 100 }));
    expect(second.message).toBe('Python worker timed out after 100ms');
  });
});

describe('isReady and isBusy', () => {
  it('are both true while a call runs', async () => {
    const worker = await started(SCRIPT, 'echo');
    const door = gate();
    const running = worker.call('wait', [door.path]);
    expect(worker.isBusy()).toBe(true);
    await door.reached();
    expect([worker.isReady(), worker.isBusy()]).toEqual([true, true]);
    door.open();
    await running;
    expect([worker.isReady(), worker.isBusy()]).toEqual([true, false]);
  });

  it('are both false during and after a shutdown', async () => {
    const worker = await started(SCRIPT, 'echo');
    const closing = worker.shutdown();
    expect([worker.isReady(), worker.isBusy()]).toEqual([false, false]);
    await closing;
    expect([worker.isReady(), worker.isBusy(), worker.isDead()]).toEqual([false, false, false]);
  });

  it('are no longer busy after a failed call', async () => {
    const worker = await started(SCRIPT, 'echo');
    await rejection(worker.call('fail', ['x']));
    expect(worker.isBusy()).toBe(false);
    await rejection(worker.call('crash', [1]));
    expect(worker.isBusy()).toBe(false);
  });

  it('are ready again after a crash, in another process', async () => {
    const worker = await started(SCRIPT, 'echo');
    const pid: number = await worker.call('pid', []);
    const error = await rejection(worker.call('crash', [4]));
    expect(error.message).toBe('Worker crashed (exit code 4)');
    expect(worker.isDead()).toBe(false);
    await becomesReady(worker);
    await expect(worker.call('pid', [])).resolves.not.toBe(pid);
  });
});

describe('isDead', () => {
  async function crashToDeath(worker: PythonWorker): Promise<void> {
    for (let crashes = 1; crashes <= 3; crashes++) {
      expect(worker.isDead()).toBe(false);
      await rejection(worker.call('crash', [crashes]));
      await eventually('a restart, or the end', () => worker.isReady() || worker.isDead());
    }
  }

  it('is true after three crashes in a row', async () => {
    const worker = await started(SCRIPT, 'echo');
    await crashToDeath(worker);
    expect([worker.isReady(), worker.isBusy(), worker.isDead()]).toEqual([false, false, true]);
    const error = await rejection(worker.call('echo', [1]));
    expect(error.code).toBe('ERR_WORKER_NOT_READY');
  });

  it('is false again after shutdown and initialize', async () => {
    const worker = await started(SCRIPT, 'echo');
    await crashToDeath(worker);
    await worker.shutdown();
    expect(worker.isDead()).toBe(false);
    await worker.initialize();
    expect(worker.isDead()).toBe(false);
    await expect(worker.call('echo', ['alive'])).resolves.toBe('alive');
  });

  it('stays false if good calls come between the crashes', async () => {
    const worker = await started(SCRIPT, 'echo');
    for (let round = 0; round < 4; round++) {
      await rejection(worker.call('crash', [1]));
      await becomesReady(worker);
      await expect(worker.call('echo', [round])).resolves.toBe(round);
    }
    expect(worker.isDead()).toBe(false);
  });
});

describe('onReady', () => {
  it('is called when the worker has become ready, and after every restart', async () => {
    const onReady = jest.fn();
    const worker = newWorker(SCRIPT, 'echo', undefined, 5000, onReady);
    expect(onReady).not.toHaveBeenCalled();
    await worker.initialize();
    await eventually('the first call of onReady', () => onReady.mock.calls.length === 1);
    await rejection(worker.call('crash', [1]));
    await eventually('the second call of onReady', () => onReady.mock.calls.length === 2);
    await expect(worker.call('echo', [1])).resolves.toBe(1);
    await rejection(worker.call('sleep_here', [60], { timeout: 50 }));
    await eventually('the third call of onReady', () => onReady.mock.calls.length === 3);
    expect(onReady.mock.calls).toEqual([[], [], []]);
  });

  it('finds the worker ready, and may call it', async () => {
    const calls: Promise<unknown>[] = [];
    const worker = newWorker(SCRIPT, 'echo', undefined, undefined, () => {
      calls.push(worker.call('echo', ['from onReady']));
    });
    await worker.initialize();
    await eventually('a call from onReady', () => calls.length === 1);
    await expect(calls[0]).resolves.toBe('from onReady');
    await rejection(worker.call('crash', [1]));
    await eventually('a call after the restart', () => calls.length === 2);
    await expect(calls[1]).resolves.toBe('from onReady');
  });

  it('is not called when the import fails', async () => {
    const onReady = jest.fn();
    const worker = newWorker(writeScript('1 / 0\n'), 'echo', undefined, undefined, onReady);
    await rejection(worker.initialize());
    await worker.shutdown();
    expect(onReady).not.toHaveBeenCalled();
  });
});

describe('shutdown', () => {
  it('ends the process', async () => {
    const worker = await started(SCRIPT, 'echo');
    const pid: number = await worker.call('pid', []);
    expect(isAlive(pid)).toBe(true);
    await worker.shutdown();
    expect(isAlive(pid)).toBe(false);
  });

  it('rejects the running call with "Worker shutting down"', async () => {
    const worker = await started(SCRIPT, 'echo');
    const door = gate();
    const running = rejection(worker.call('wait', [door.path]));
    const [pid] = await door.reached();
    await worker.shutdown();
    const error = await running;
    expect(error.code).toBe('ERR_POOL_CLOSED');
    expect(error.message).toBe('Worker shutting down');
    expect(isAlive(pid)).toBe(false);
  });

  it('may be called twice, and before initialize', async () => {
    const worker = newWorker(SCRIPT, 'echo');
    await worker.shutdown();
    await worker.initialize();
    await Promise.all([worker.shutdown(), worker.shutdown()]);
    await worker.shutdown();
    await worker.initialize();
    await expect(worker.call('echo', ['again'])).resolves.toBe('again');
  });
});

describe('constructor', () => {
  it.each([
    ['script', ['', 'echo']],
    ['functionName', [SCRIPT, '']],
    ['pythonPath', [SCRIPT, 'echo', '']],
    ['timeout', [SCRIPT, 'echo', undefined, 0]],
    ['timeout', [SCRIPT, 'echo', undefined, Number.NaN]],
    ['onReady', [SCRIPT, 'echo', undefined, undefined, 5]],
    ['onReady', [SCRIPT, 'echo', undefined, undefined, {}]],
  ])('throws for a bad %s (row %#)', (name, parameters) => {
    const error = thrown(() =>
      Reflect.construct(PythonWorker, parameters as ConstructorParameters<typeof PythonWorker>),
    );
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });

  it('takes null as omitted', async () => {
    const worker = await started(SCRIPT, 'echo', null, null, null, null);
    await expect(worker.call('echo', [1])).resolves.toBe(1);
    const withoutDefault = await started(SCRIPT, null);
    await expect(withoutDefault.call('echo', [1])).resolves.toBe(1);
    expect((await rejection(withoutDefault.call())).code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('takes the options of a pool, below the positional ones', async () => {
    const { logger, lines } = captureLogger();
    const options = { logger, maxPayload: 100, timeout: 60_000 };
    const worker = await started(SCRIPT, 'echo', undefined, 321, undefined, options);
    expect(lines).not.toHaveLength(0);
    expect(await rejection(worker.call('echo', ['x'.repeat(200)]))).toMatchObject({ limit: 100 });
    expect(await rejection(worker.call('sleep_here', [60]))).toMatchObject({ timeout: 321 });
  });

  it('refuses a number of workers', () => {
    const options = { workers: 2 } as PythonWorkerOptions;
    const error = thrown(() => new PythonWorker(SCRIPT, 'echo', null, null, null, options));
    expect(error.message).toMatch(/^Unknown option: "workers"/);
  });
});
