/** Hosts that were started in odd ways, and pools that are used in odd ways. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type * as Package from '../..';
import {
  fixture,
  gate,
  inShell,
  interpreter,
  isAlive,
  newPool,
  rejection,
  runHost,
  tempFolder,
} from '../support';

const onUnix = process.platform === 'win32' ? it.skip : it;

/** Makes the host the first process that it sees, which is the init process for all others. */
const IN_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const mayMakeNamespace =
  process.platform === 'linux' &&
  spawnSync(IN_NAMESPACE[0], [...IN_NAMESPACE.slice(1), 'true']).status === 0;
// Needs Linux, and rights that a container may lack.
const inNamespace = mayMakeNamespace ? it : it.skip;

const BLOCK_SIGNALS = `
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
os.execv(sys.argv[1], sys.argv[1:])
`;

// Node.js undoes some of it for itself; `tests/process/host.rs` proves the rest without Node.js.
describe('workers end, obey and are reaped in a host that was started', () => {
  const everythingWorks = async (through: string[]) => {
    const report = path.join(tempFolder(), 'report');
    const script = fixture('hangs.py');
    const exit = await runHost('meets-every-fault.cjs', { script, report }, { through });
    expect(exit).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual({
      outcomes: ['first', 'ERR_WORKER_CRASHED', 'ERR_CALL_TIMEOUT', 'ERR_CALL_TIMEOUT', 'last'],
      cleaned: true,
      left: [],
    });
  };

  onUnix.each([
    ['as a background job, with SIGINT ignored', "trap '' INT"],
    ['with SIGCHLD ignored', "trap '' CHLD"],
    ['with the standard streams closed', 'exec 0<&- 1>&- 2>&-'],
  ])('%s', (_, prelude) => everythingWorks(inShell(prelude)));

  onUnix('with every signal blocked', async () => {
    await everythingWorks([await interpreter(), '-c', BLOCK_SIGNALS]);
  });

  inNamespace('as the init process (needs the right to make a PID namespace)', () =>
    everythingWorks(IN_NAMESPACE),
  );
});

describe('shutdown() twice at once, with calls running and queued, then execute()', () => {
  it('has one end, and an error for each call that says what it was', async () => {
    const pool = newPool(fixture('waits_at_gate.py'), { workers: 2 });
    await pool.initialize();
    const door = gate();
    const calls = Array.from({ length: 4 }, () => rejection(pool.execute('wait', [door.path])));
    const pids = await door.reached(2);
    const ends = [pool.shutdown(), pool.shutdown()];
    const during = await rejection(pool.execute('echo', [1]));
    await Promise.all(ends);
    const after = await rejection(pool.execute('echo', [1]));
    await pool.shutdown();
    const messages = [...(await Promise.all(calls)), during, after].map(
      ({ code, message }) => `${code}: ${message}`,
    );
    expect(messages).toEqual([
      ...Array(2).fill('ERR_POOL_CLOSED: Worker shutting down'),
      ...Array(2).fill('ERR_POOL_CLOSED: Worker pool shutting down'),
      ...Array(2).fill('ERR_POOL_CLOSED: Worker pool not initialized'),
    ]);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('a package that a test file loads again', () => {
  it('is another one, which works beside the first', async () => {
    const load = (): typeof Package => {
      jest.resetModules();
      return require('../..');
    };
    const packages = [load(), load(), load()];
    expect(new Set(packages.map(({ PythonWorkerPool }) => PythonWorkerPool)).size).toBe(3);
    const script = fixture('waits_at_gate.py');
    const pools = packages.map(
      ({ PythonWorkerPool }) => new PythonWorkerPool(script, 'echo', { logger: {} }),
    );
    try {
      await Promise.all(pools.map((pool) => pool.initialize()));
      const values = await Promise.all(
        pools.map((pool, index) => pool.execute('echo', [{ index }])),
      );
      expect(values).toStrictEqual([{ index: 0 }, { index: 1 }, { index: 2 }]);
      for (const pool of pools) {
        expect(await rejection(pool.execute('missing'))).toBeInstanceOf(Error);
      }
    } finally {
      await Promise.all(pools.map((pool) => pool.shutdown()));
    }
  });
});
