/** Pools by the hundreds, one after the other, in one Node.js: nothing of them stays. */

import { readdirSync } from 'node:fs';
import {
  childrenOf,
  eventually,
  fixture,
  onLinux,
  rejection,
  startHost,
  tempFolder,
  withPool,
} from '../support';

const SCRIPT = fixture('hangs.py');
const MIB = 1024 * 1024;

onLinux.it.each([
  { what: '1 000 pools that are shut down', way: 'closed', first: 100, more: 900, megabytes: 8 },
  { what: '200 pools that nobody refers to', way: 'dropped', first: 50, more: 150, megabytes: 8 },
  { what: '100 threads ended in mid-call', way: 'terminated', first: 40, more: 60, megabytes: 16 },
])(
  '$what leave descriptors, threads, memory, processes and files as they were',
  async ({ way, first, more, megabytes }) => {
    const temp = tempFolder();
    const argument = { script: SCRIPT, way, first, more, atOnce: 4 };
    const options = { execArgv: ['--expose-gc'], env: { TMPDIR: temp } };
    const host = startHost('opens-many-pools.cjs', argument, options);
    const { before, after } = await host.said('usage', 880_000);
    process.stdout.write(`${JSON.stringify({ way, before, after })}\n`);
    expect(after.fds).toBe(before.fds);
    expect(after.threads).toBe(before.threads);
    expect(after.rss - before.rss).toBeLessThan(megabytes * MIB);
    await eventually('the end of the guardian', () => childrenOf(host.pid).length === 0);
    expect(readdirSync(temp)).toEqual([]);
  },
  900_000,
);

onLinux.it(
  'a pool that replaces its worker again and again holds no more descriptors',
  async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const replace = async (count: number) => {
        for (let round = 0; round < count; round++) {
          await rejection(pool.execute('crash'));
          await rejection(pool.execute('sleep', [], { timeout: 20 }));
          await rejection(pool.execute('sleep', [], { signal: AbortSignal.timeout(20) }));
          // Crashes in a row would be backed off.
          await pool.execute('pid');
        }
        return readdirSync('/proc/self/fd').length;
      };
      const before = await replace(3);
      expect(await replace(30)).toBe(before);
    });
  },
);
