/**
 * A worker that takes more memory than there is: the kernel's own out-of-memory killer ends it, in a
 * control group with a limit.
 */

import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterTest, rejection, withPool, writeScript } from '../support';

const CGROUPS = '/sys/fs/cgroup';
const LIMIT = 100_000_000;

const SCRIPT = `
import os

def pid():
    return os.getpid()

def fill(size):
    return len(bytearray(os.urandom(1024)) * (size // 1024))
`;

/** How both versions of control groups name a memory limit and where its groups are. */
const VERSIONS = [
  { parent: path.join(CGROUPS, 'memory'), limit: 'memory.limit_in_bytes' },
  { parent: CGROUPS, limit: 'memory.max' },
];

/** A group of processes that may have `LIMIT` bytes; undefined where it can not be made. */
function limitedGroup(): string | undefined {
  for (const { parent, limit } of VERSIONS) {
    const group = path.join(parent, `python-worker-pool-${process.pid}`);
    try {
      mkdirSync(group);
      afterTest(() => rmdirSync(group));
      writeFileSync(path.join(group, limit), String(LIMIT), { flag: 'r+' });
      return group;
    } catch {
      // Not root, no such version, or a file system that takes a folder for a folder.
    }
  }
  return undefined;
}

it('ERR_WORKER_CRASHED says when the out-of-memory killer is behind it', async () => {
  const group = limitedGroup();
  if (!group) {
    console.warn('Not tested: a control group with a memory limit can not be made here.');
    return;
  }
  await withPool(writeScript(SCRIPT), {}, async (pool) => {
    writeFileSync(path.join(group, 'cgroup.procs'), String(await pool.execute('pid')));
    const error = await rejection(pool.execute('fill', [4 * LIMIT]));
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal: 'SIGKILL' });
    expect(error.hint).toMatch(/^The kernel's out-of-memory killer has been at work:/);
    // Its successor is in no such group.
    expect(await pool.execute('fill', [4 * LIMIT])).toBe(4 * LIMIT);
  });
});
