/** Hundreds of pools, one after the other, in one Node.js: they leave nothing behind. */

import { readdirSync } from 'node:fs';
import { fixture, leavesNoTrace, onLinux, rejection, withPool } from '../support';

const SCRIPT = fixture('hangs.py');

onLinux.it.each([
  { what: '200 pools that are shut down', way: 'closed', first: 100, more: 100, megabytes: 8 },
  { what: '200 unreferenced pools', way: 'dropped', first: 50, more: 150, megabytes: 8 },
  { what: '100 threads ended in mid-call', way: 'terminated', first: 40, more: 60, megabytes: 16 },
])(
  '$what leave descriptors, threads, memory, processes and files as they were',
  leavesNoTrace,
  900_000,
);

onLinux.it(
  'a pool that keeps replacing its worker holds no more descriptors',
  async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const replace = async (count: number) => {
        for (let round = 0; round < count; round++) {
          await rejection(pool.execute('crash'));
          await rejection(pool.execute('sleep', [], { timeout: 20 }));
          await rejection(pool.execute('sleep', [], { signal: AbortSignal.timeout(20) }));
          // Consecutive crashes would be backed off.
          await pool.execute('pid');
        }
        return readdirSync('/proc/self/fd').length;
      };
      const before = await replace(3);
      expect(await replace(30)).toBe(before);
    });
  },
  300_000,
);
