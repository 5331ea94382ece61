/** Named shared memory and semaphores of a worker that was killed are removed, as in plain Python. */

import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool } from '../..';
import {
  afterTest,
  eventually,
  fixture,
  newPool,
  onLinux,
  processesOf,
  rejection,
  startHost,
} from '../support';

const SCRIPT = fixture('shares_memory.py');

const fileOf = (name: string): string => path.join('/dev/shm', name);

async function areRemoved(names: string[]): Promise<void> {
  await eventually(`the end of ${names.join(', ')}`, () => !names.map(fileOf).some(existsSync));
}

/** They are there now; a failed test leaves none. */
function areThere(names: string[]): void {
  afterTest(() => {
    for (const name of names) {
      rmSync(fileOf(name), { force: true });
    }
  });
  expect(names.map(fileOf).filter(existsSync)).toHaveLength(2);
}

type End = (pool: PythonWorkerPool) => Promise<unknown>;

const ENDS: [string, End][] = [
  ['a segfault', (pool) => rejection(pool.execute('end', ['SIGSEGV']))],
  ['SIGKILL', (pool) => rejection(pool.execute('end', ['SIGKILL']))],
  ['a timeout', (pool) => rejection(pool.execute('end', [null], { timeout: 100 }))],
  [
    'an abort',
    (pool) => rejection(pool.execute('end', [null], { signal: AbortSignal.timeout(300) })),
  ],
  [
    'shutdown() during a call',
    async (pool) => {
      const call = rejection(pool.execute('end', [null]));
      await pool.shutdown();
      await call;
    },
  ],
  ['shutdown()', (pool) => pool.shutdown()],
];

onLinux.describe('shared memory and semaphores are removed after', () => {
  it.each(ENDS)('%s', async (_, end) => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    const names: string[] = await pool.execute('make');
    areThere(names);
    await end(pool);
    await areRemoved(names);
  });

  it('a crash that takes a child along', async () => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    const names: string[] = await pool.execute('make_in_child');
    areThere(names);
    await rejection(pool.execute('end', ['SIGKILL']));
    await areRemoved(names);
  });

  it('SIGKILL of Node.js', async () => {
    const host = startHost('calls-and-waits.cjs', {
      script: SCRIPT,
      calls: [['make'], ['end', [null]]],
    });
    const names: string[] = await host.reported('result');
    areThere(names);
    processesOf(host);
    host.kill('SIGKILL');
    await areRemoved(names);
  });
});
