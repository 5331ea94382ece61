/** Pools to which nothing refers any more. */

import path from 'node:path';
import { allGoneSoon, fixture, processesOf, startHost, tempFolder } from '../support';

const SCRIPT = fixture('stays_busy.py');

describe('a pool that nobody refers to', () => {
  it('is collected, its workers end, and a pending call still has its outcome', async () => {
    const argument = { script: SCRIPT, gate: path.join(tempFolder(), 'gate') };
    const host = startHost('drops-pools.cjs', argument, { execArgv: ['--expose-gc'] });
    const told: number[] = await host.said('pids');
    const all = processesOf(host, ...told);
    expect(await host.said('collected')).toEqual({ alive: true, result: 'result' });
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
    await allGoneSoon(all);
  });
});

describe('a pool that is collected', () => {
  it.each(['initialize', 'shutdown', 'restart'])('during %s still settles it', async (pending) => {
    const argument = { script: SCRIPT, pending };
    const host = startHost('drops-pending-pools.cjs', argument, { execArgv: ['--expose-gc'] });
    expect(await host.said('settled')).toBe(true);
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
  });
});
