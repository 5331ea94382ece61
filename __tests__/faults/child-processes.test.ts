/** Processes that a script has started: which of them live on when their worker ends. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool } from '../..';
import {
  allGone,
  childrenOf,
  eventually,
  fixture,
  isAlive,
  killAfterTest,
  newPool,
  onUnix,
  processesOf,
  rejection,
  startHost,
  tempFolder,
} from '../support';

const SCRIPT = fixture('starts_processes.py');

type End = (pool: PythonWorkerPool, worker: number) => Promise<unknown>;

/** A call that is out of time, to which the script then says yes or no. */
const interrupted =
  (answer: string): End =>
  (pool) =>
    rejection(pool.execute(answer, [], { timeout: 100 }));

const ORDERLY: [string, End][] = [
  ['shutdown()', (pool) => pool.shutdown()],
  ['an interrupt that the script obeys', interrupted('obey')],
];
const CRASH: [string, End] = ['a crash', (pool) => rejection(pool.execute('crash'))];
const RESISTED: [string, End] = ['an interrupt that the script resists', interrupted('resist')];
const KILLS: [string, End][] = [
  CRASH,
  RESISTED,
  ['SIGKILL from outside', async (_, worker) => process.kill(worker, 'SIGKILL')],
  [
    'shutdown() of a script that resists',
    async (pool) => {
      const began = path.join(tempFolder(), 'began');
      const call = rejection(pool.execute('resist', [began]));
      await eventually('the call', () => existsSync(began));
      await pool.shutdown();
      expect((await call).code).toBe('ERR_POOL_CLOSED');
    },
  ],
];

/** Has a worker start processes and end; returns their pids when the worker is gone. */
async function afterEnd(end: End, starter: string, args: unknown[]): Promise<number[]> {
  const pool = newPool(SCRIPT);
  await pool.initialize();
  const worker: number = await pool.execute('pid');
  const told: number[] = await pool.execute(starter, args);
  // `multiprocessing` has processes of its own, too.
  const started = [...told, ...(process.platform === 'linux' ? childrenOf(worker) : [])];
  killAfterTest(...started);
  expect(started.every(isAlive)).toBe(true);
  await end(pool, worker);
  await allGone([worker]);
  return started;
}

onUnix.describe('a subprocess', () => {
  it.each(ORDERLY)('lives on after %s', async (_, end) => {
    const started = await afterEnd(end, 'subprocess_of', [false]);
    expect(started.every(isAlive)).toBe(true);
  });

  it.each(KILLS)('dies with its worker by %s', async (_, end) => {
    await allGone(await afterEnd(end, 'subprocess_of', [false]));
  });
});

onUnix.describe('a subprocess in a session of its own', () => {
  it.each([...ORDERLY, CRASH, RESISTED])('lives on after %s', async (_, end) => {
    const started = await afterEnd(end, 'subprocess_of', [true]);
    expect(started.every(isAlive)).toBe(true);
  });

  it('lives on after the end of Node.js', async () => {
    const pids = path.join(tempFolder(), 'pids');
    const script = fixture('stays_busy.py');
    const argument = { script, state: 'start_helper', pids, ending: 'a signal' };
    const host = startHost('ends-as-told.cjs', argument);
    const [worker, helper]: number[] = await host.said('there');
    const all = processesOf(host, worker, helper);
    host.kill('SIGKILL');
    await host.exit();
    await allGone(all.filter((pid) => pid !== helper));
    expect(isAlive(helper)).toBe(true);
  });
});

onUnix.describe('what multiprocessing has started never outlives its worker:', () => {
  describe.each<[string, string, unknown[]]>([
    // Its `atexit` hook waits for it, as Python does: until the time is up.
    ['a process', 'process_of_multiprocessing', ['spawn', false]],
    ['a daemon (fork)', 'process_of_multiprocessing', ['fork', true]],
    ['a daemon (forkserver)', 'process_of_multiprocessing', ['forkserver', true]],
    ['a pool (fork)', 'pool_of_multiprocessing', ['fork']],
    ['a pool (spawn)', 'pool_of_multiprocessing', ['spawn']],
    ['a pool (forkserver)', 'pool_of_multiprocessing', ['forkserver']],
    ['an executor', 'executor', []],
  ])('%s', (_, starter, args) => {
    it.each([...ORDERLY, CRASH])('by %s', async (_, end) => {
      await allGone(await afterEnd(end, starter, args));
    });
  });
});
