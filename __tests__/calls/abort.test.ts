/** Aborted calls: `execute(name, args, { signal })`. */

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PythonPoolError } from '../..';
import {
  allGone,
  countedSignal,
  eventually,
  fixture,
  gate,
  linesOf,
  newWorker,
  onUnix,
  rejection,
  runNode,
  tempFolder,
  withPool,
  writeScript,
} from '../support';

const GATED = fixture('waits_at_gate.py');

/** Functions that clean up when they are interrupted, or ignore the interrupt. */
const INTERRUPTED = `
import os, time

def clean(started, cleaned):
    try:
        open(started, "w").close()
        time.sleep(60)
    finally:
        open(cleaned, "w").close()

def deaf(started, cleaned):
    # Another thread is given the signal, and nothing ends the wait of this one.
    import signal, threading
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    clean(started, cleaned)

def stubborn(started, _cleaned):
    while True:
        try:
            open(started, "w").close()
            time.sleep(60)
        except BaseException:
            continue

def pid():
    return os.getpid()
`;

function expectAborted(error: PythonPoolError, reason: unknown): void {
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'AbortError',
    code: 'ABORT_ERR',
    message: 'The operation was aborted',
    cause: reason,
  });
}

describe('an abort', () => {
  it('before the call was made keeps it from Python', async () => {
    const made = path.join(tempFolder(), 'made');
    await withPool(writeScript('def make(path): open(path, "w").close()'), {}, async (pool) => {
      const reason = new Error('no need');
      const error = await rejection(
        pool.execute('make', [made], { signal: AbortSignal.abort(reason) }),
      );
      expectAborted(error, reason);
      await pool.execute('make', [`${made}.other`]);
      expect(existsSync(made)).toBe(false);
    });
  });

  it('while the arguments are read keeps the call from Python', async () => {
    await withPool(GATED, {}, async (pool) => {
      const controller = new AbortController();
      const argument = { toJSON: () => controller.abort() };
      const call = pool.execute('echo', [argument], { signal: controller.signal });
      expectAborted(await rejection(call), controller.signal.reason);
    });
  });

  it('of a queued call keeps it from Python, and the others keep their order', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const first = pool.execute('wait', [door.path]);
      await door.reached();
      const { controller, signal, counts } = countedSignal();
      const order: unknown[] = [];
      const note = (value: unknown) => order.push(value);
      const calls = [
        pool.execute('echo', ['a']).then(note),
        rejection(pool.execute('wait', [door.path], { signal })).then(note),
        pool.execute('echo', ['b']).then(note),
      ];
      controller.abort('changed my mind');
      await calls[1];
      expectAborted(order[0] as PythonPoolError, 'changed my mind');
      expect(counts).toEqual({ added: 1, left: 0 });
      door.open();
      await Promise.all([first, ...calls]);
      expect(order.slice(1)).toEqual(['a', 'b']);
      expect(door.waiters()).toHaveLength(1);
    });
  });

  it('after the end of the call does not change its outcome', async () => {
    await withPool(GATED, {}, async (pool) => {
      const { controller, signal, counts } = countedSignal();
      const pid = await pool.execute('pid', [], { signal });
      expect(counts).toEqual({ added: 1, left: 0 });
      controller.abort();
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  it('does not hide that the pool is closed', async () => {
    await withPool(GATED, {}, async (pool) => {
      await pool.shutdown();
      const { signal, counts } = countedSignal();
      const error = await rejection(pool.execute('echo', [1], { signal }));
      expect(error.code).toBe('ERR_POOL_CLOSED');
      expect(counts.left).toBe(0);
    });
  });
});

onUnix.describe('a running call that is aborted', () => {
  it.each(['clean', 'deaf', 'stubborn'])(
    'rejects before its worker is gone, and the next call has another worker: %s',
    async (name) => {
      const folder = tempFolder();
      const [started, cleaned] = ['started', 'cleaned'].map((file) => path.join(folder, file));
      await withPool(writeScript(INTERRUPTED), {}, async (pool) => {
        const pid: number = await pool.execute('pid');
        const { controller, signal, counts } = countedSignal();
        const call = rejection(pool.execute(name, [started, cleaned], { signal }));
        const next = pool.execute('pid');
        await eventually('the call', () => existsSync(started));
        controller.abort(name);
        expectAborted(await call, name);
        expect(counts).toEqual({ added: 1, left: 0 });
        expect(await next).not.toBe(pid);
        await allGone([pid]);
        expect(existsSync(cleaned)).toBe(name !== 'stubborn');
      });
    },
  );

  it('may have a timeout as well: whichever comes first decides', async () => {
    await withPool(GATED, {}, async (pool) => {
      const never = gate();
      const timedOut = pool.execute('wait', [never.path], {
        timeout: 50,
        signal: AbortSignal.timeout(20_000),
      });
      expect((await rejection(timedOut)).code).toBe('ERR_CALL_TIMEOUT');
      const aborted = pool.execute('wait', [never.path], {
        timeout: 20_000,
        signal: AbortSignal.timeout(50),
      });
      const error = await rejection(aborted);
      expect(error.code).toBe('ABORT_ERR');
      expect((error.cause as Error).name).toBe('TimeoutError');
    });
  });

  it('does not count as a crash: twenty in a row leave the pool alive', async () => {
    await withPool(GATED, { maxCrashes: 1 }, async (pool) => {
      for (let call = 0; call < 20; call++) {
        const door = gate();
        const controller = new AbortController();
        const { signal } = controller;
        const aborted = rejection(pool.execute('wait', [door.path], { signal }));
        await door.reached();
        controller.abort();
        expect((await aborted).code).toBe('ABORT_ERR');
      }
      expect(await pool.execute('echo', ['alive'])).toBe('alive');
    });
  });
});

describe('with { interrupt: false }, an abort', () => {
  it('revokes queued calls, and lets running ones finish', async () => {
    await withPool(GATED, {}, async (pool) => {
      const pid = await pool.execute('pid');
      const door = gate();
      const { controller, signal, counts } = countedSignal();
      const options = { signal, interrupt: false };
      const running = pool.execute('wait', [door.path, 'result'], options);
      await door.reached();
      const queued = [1, 2].map(() => rejection(pool.execute('wait', [door.path], options)));
      const other = pool.execute('echo', ['other'], { interrupt: false });
      controller.abort('enough');
      for (const error of await Promise.all(queued)) {
        expectAborted(error, 'enough');
      }
      door.open();
      expect(await running).toBe('result');
      expect(await other).toBe('other');
      expect(await pool.execute('pid')).toBe(pid);
      expect(door.waiters()).toEqual([pid]);
      expect(counts).toEqual({ added: 1, left: 0 });
    });
  });

  it('leaves the errors of a running call as they are', async () => {
    await withPool(GATED, {}, async (pool) => {
      const door = gate();
      const controller = new AbortController();
      const options = { signal: controller.signal, interrupt: false, timeout: 200 };
      const call = rejection(pool.execute('wait', [door.path], options));
      await door.reached();
      controller.abort();
      expect((await call).code).toBe('ERR_CALL_TIMEOUT');
    });
  });

  it('before the call was made revokes it, too', async () => {
    await withPool(GATED, {}, async (pool) => {
      const options = { signal: AbortSignal.abort('no need'), interrupt: false };
      expectAborted(await rejection(pool.execute('echo', [1], options)), 'no need');
    });
  });

  it('revokes exactly those of many short calls that Python never saw', async () => {
    // Of each worker a file: on Windows, two that append to one overwrite each other's lines.
    const noted = tempFolder();
    const door = gate();
    // From the middle on, calls wait: some are left to revoke, however late the abort comes.
    const script = writeScript(`
import os, time
def note(folder, number, gate):
    with open(os.path.join(folder, str(os.getpid())), "a") as file: file.write(f"{number}\\n")
    while number >= 1500 and not os.path.exists(gate): time.sleep(0.005)
    return os.getpid()
`);
    await withPool(script, { workers: 2 }, async (pool) => {
      const controller = new AbortController();
      const options = { signal: controller.signal, interrupt: false };
      const pids = new Set<number>();
      const called: number[] = [];
      const calls = Array.from({ length: 3000 }, async (_, number) => {
        try {
          pids.add(await pool.execute('note', [noted, number, door.path], options));
          called.push(number);
          if (called.length === 500) {
            controller.abort();
            door.open();
          }
        } catch (error) {
          expect((error as PythonPoolError).code).toBe('ABORT_ERR');
        }
      });
      await Promise.all(calls);
      expect(called.length).toBeLessThan(3000);
      const inOrder = (one: number, other: number) => one - other;
      const lines = readdirSync(noted).flatMap((name) => linesOf(path.join(noted, name)));
      expect(lines.map(Number).sort(inOrder)).toEqual(called.sort(inOrder));
      pids.add(await pool.execute('note', [noted, -1, door.path]));
      pids.add(await pool.execute('note', [noted, -1, door.path]));
      expect(pids.size).toBeLessThanOrEqual(2);
    });
  });
});

it.each([true, false])(
  'an abort that races its reply leaves one outcome, and confuses no values: interrupt %p',
  async (interrupt) => {
    await withPool(GATED, { workers: 2 }, async (pool) => {
      const outcomes = { value: 0, aborted: 0 };
      for (let round = 0; round < 150; round++) {
        const controller = new AbortController();
        const calls = [0, 1, 2].map((index) => {
          const value = `${round}.${index}`;
          const call = pool.execute('echo', [value], { signal: controller.signal, interrupt });
          return call.then(
            (result) => {
              outcomes.value += 1;
              expect(result).toBe(value);
            },
            (error) => {
              outcomes.aborted += 1;
              expect(error.code).toBe('ABORT_ERR');
            },
          );
        });
        if (round % 3 > 0) {
          await pause(0);
        }
        if (round % 3 === 2) {
          await calls[0];
        }
        controller.abort();
        await Promise.all(calls);
      }
      expect(outcomes.value + outcomes.aborted).toBe(450);
      expect(outcomes.aborted).toBeGreaterThan(0);
    });
  },
);

it('10 000 calls with one signal share one listener, and end together', async () => {
  const outcome = await runNode(
    `
    process.on('warning', (warning) => console.log('warning', warning.name));
    const pool = new PythonWorkerPool(argv[0], 'echo', 1);
    await pool.initialize();
    const controller = new AbortController();
    const { signal } = controller;
    // A waiting call holds back all calls behind it.
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      pool.execute(index === 5000 ? 'wait' : 'echo', [index === 5000 ? argv[1] : index], { signal })
        .catch((error) => error.code));
    await calls[0];
    controller.abort();
    const values = await Promise.all(calls);
    const aborted = values.filter((value) => value === 'ABORT_ERR').length;
    const right = values.filter((value, index) => value === index).length;
    console.log(right + aborted, aborted > 0);
    console.log(await pool.execute('echo', ['alive']));
    await pool.shutdown();
    `,
    [GATED, gate().path],
  );
  expect(outcome).toMatchObject({ code: 0, stdout: '10000 true\nalive\n' });
});

it('a call of a PythonWorker can be aborted as well', async () => {
  const worker = newWorker(GATED, 'echo');
  await worker.initialize();
  const door = gate();
  const controller = new AbortController();
  const call = rejection(worker.call('wait', [door.path], { signal: controller.signal }));
  await door.reached();
  controller.abort();
  expect((await call).code).toBe('ABORT_ERR');
  await eventually('the next process', () => worker.isReady());
  expect(await worker.call('echo', [1])).toBe(1);
});
