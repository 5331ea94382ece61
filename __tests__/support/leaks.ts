import { readdirSync } from 'node:fs';
import { fixture, tempFolder } from './files';
import { startHost } from './hosts';
import { childrenOf } from './processes';
import { eventually } from './waiting';

const MIB = 1024 * 1024;

interface Pools {
  /** How they end: see the host program. */
  way: string;
  /** How many are opened before the first measurement, and between the two. */
  first: number;
  more: number;
  /** How much the memory of the host may differ. */
  megabytes: number;
}

/** Opens many pools in a Node.js of their own: they leave descriptors, threads, memory, processes and files as they were. */
export async function leavesNoTrace({ way, first, more, megabytes }: Pools): Promise<void> {
  const temp = tempFolder();
  const argument = { script: fixture('hangs.py'), way, first, more, atOnce: 4 };
  const options = { execArgv: ['--expose-gc'], env: { TMPDIR: temp } };
  const host = startHost('opens-many-pools.cjs', argument, options);
  const { before, after } = await host.reported('usage', 880_000);
  process.stdout.write(`${JSON.stringify({ way, before, after })}\n`);
  expect(after.fds).toBe(before.fds);
  expect(after.threads).toBe(before.threads);
  expect(after.rss - before.rss).toBeLessThan(megabytes * MIB);
  await eventually('the end of the guardian', () => childrenOf(host.pid).length === 0);
  expect(readdirSync(temp)).toEqual([]);
}
