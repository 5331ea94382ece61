/** Pools and calls that keep Node.js running, and those that do not. */

import { allGoneSoon, fixture, gate, processesOf, runHost, startHost } from '../support';

const SCRIPT = fixture('stays_busy.py');

describe('an idle pool', () => {
  it.each([1, 3])('lets Node.js exit with code 0 (%d pools of 2 workers)', async (pools) => {
    const host = startHost('returns-with-idle-pools.cjs', { script: SCRIPT, pools });
    const pids: number[] = await host.reported('pids');
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
    await allGoneSoon(processesOf(host, ...pids));
  });
});

describe('Node.js waits for', () => {
  it.each(['initialize', 'shutdown'])('a pending %s', async (pending) => {
    const { code, stdout, stderr } = await runHost('returns-with-pending.cjs', {
      script: SCRIPT,
      pending,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('settled true\nempty true\n');
  });

  it.each(['execute', 'map'])('a pending call of %s', async (pending) => {
    const door = gate();
    const argument = { script: fixture('waits_at_gate.py'), pending, gate: door.path };
    const host = startHost('returns-with-pending.cjs', argument);
    await door.reached();
    door.open();
    const { code, stdout, stderr } = await host.exit();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('settled true\nempty true\n');
  });
});

it('Node.js does not wait for results of map that are not asked for', async () => {
  const argument = { script: fixture('waits_at_gate.py'), pending: 'leftMap' };
  const { code, stdout, stderr } = await runHost('returns-with-pending.cjs', argument);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe('settled true\nempty true\n');
});
