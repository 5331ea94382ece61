/** The package loaded more than once in one Node.js. */

import type * as Package from '../..';
import {
  allGoneSoon,
  copyOfPackage,
  fixture,
  processesOf,
  ROOT,
  rejection,
  startHost,
} from '../support';

const SCRIPT = fixture('stays_busy.py');

describe('two copies of the package in one Node.js', () => {
  it.each([true, false])(
    'work side by side and leave nothing (shut down: %s)',
    async (shutDown) => {
      const copies = [ROOT, copyOfPackage()];
      const host = startHost('loads-two-copies.cjs', { copies, script: SCRIPT, shutDown });
      const pids: number[] = await host.said('pids');
      const all = processesOf(host, ...pids);
      expect(await host.said('results')).toEqual(shutDown ? [0, 1, 'the other'] : [0, 1]);
      expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
      await allGoneSoon(all);
    },
  );
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
