/** Pools in worker threads. */

import path from 'node:path';
import { allGoneSoon, fixture, processesOf, startHost, tempFolder } from '../support';

const SCRIPT = fixture('stays_busy.py');

describe('a pool in a worker thread', () => {
  it.each([
    ['terminate', 'idle'],
    ['terminate', 'sleep'],
    ['terminate', 'swallow'],
    ['terminate', 'sum_numbers'],
    ['process.exit', 'idle'],
    ['process.exit', 'sleep'],
    ['return', 'idle'],
  ])('leaves nothing when the thread ends by %s (%s), and others go on', async (ending, state) => {
    const pids = path.join(tempFolder(), 'pids');
    const host = startHost('ends-thread.cjs', { script: SCRIPT, state, pids, ending });
    const [worker, child]: number[] = await host.said('pids');
    const all = processesOf(host, worker, child);
    expect(await host.said('gone')).toBe('still here');
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
    await allGoneSoon(all);
  });
});
