/** A host that is stopped (Ctrl-Z) or suspended with its machine: what has finished meanwhile counts. */

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  eventually,
  fixture,
  gate,
  type Host,
  onLinux,
  processesOf,
  startHost,
  stateOf,
  tempFolder,
} from '../support';

const AT_GATE = fixture('waits_at_gate.py');
const STREAMS = fixture('streams_items.py');
const IN_IMPORT = fixture('waits_in_import.py');

const TIMEOUT = 2000;

/** Stops processes, and lets them run again when much more than `TIMEOUT` is over. */
async function stopped(pids: number[], during: () => unknown = () => {}): Promise<void> {
  for (const pid of pids) {
    process.kill(pid, 'SIGSTOP');
  }
  await eventually('their stop', () => pids.every((pid) => stateOf(pid) === 'T'));
  during();
  await pause(TIMEOUT * 1.5);
  for (const pid of pids.toReversed()) {
    process.kill(pid, 'SIGCONT');
  }
}

function start(script: string, calls: unknown[], options: object, env = {}): Host {
  const argument = { script, calls, options: { ...options, env: { ...process.env, ...env } } };
  return startHost('calls-and-waits.cjs', argument);
}

onLinux.describe('while the host is stopped, longer than any limit,', () => {
  it('a call that finishes does not time out', async () => {
    const door = gate();
    const host = start(
      AT_GATE,
      [
        ['wait', [door.path, 'done']],
        ['echo', ['next']],
      ],
      {
        timeout: TIMEOUT,
      },
    );
    const [worker] = await door.reached();
    processesOf(host, worker);
    await stopped([host.pid], door.open);
    expect(await host.reported('result')).toBe('done');
    await host.reported('closed');
  });

  it('the wait for an item that comes does not time out, and for one that does not come does', async () => {
    for (const comes of [true, false]) {
      const door = gate();
      const args = [0, door.path, path.join(tempFolder(), 'notes')];
      const calls = [
        ['wait_after', args, true],
        ['echo', ['next']],
      ];
      const host = start(STREAMS, calls, { timeout: TIMEOUT });
      const [worker] = await door.reached();
      processesOf(host, worker);
      await stopped([host.pid], comes ? door.open : undefined);
      if (comes) {
        expect(await host.reported('result')).toEqual({ value: 'late', done: false });
      } else {
        expect(await host.reported('error')).toBe('ERR_ITEM_TIMEOUT');
      }
      door.open();
      await host.reported('closed');
    }
  });

  it('an import that finishes does not time out', async () => {
    const door = gate();
    const options = { startupTimeout: TIMEOUT };
    const host = start(IN_IMPORT, [['pid', []]], options, { TEST_GATE: door.path });
    const [worker] = await door.reached();
    processesOf(host, worker);
    await stopped([host.pid], door.open);
    expect(await host.reported('result')).toBe(worker);
    await host.reported('closed');
  });

  it('a call that does not finish times out', async () => {
    const door = gate();
    const host = start(AT_GATE, [['wait', [door.path]]], { timeout: TIMEOUT });
    const [worker] = await door.reached();
    processesOf(host, worker);
    await stopped([host.pid]);
    expect(await host.reported('error')).toBe('ERR_CALL_TIMEOUT');
    await host.reported('closed');
  });

  it('and its worker with it, a call that finishes at once afterwards does not time out', async () => {
    const door = gate();
    const host = start(AT_GATE, [['wait', [door.path, 'done']]], { timeout: TIMEOUT });
    const [worker] = await door.reached();
    processesOf(host, worker);
    await stopped([host.pid, worker], door.open);
    expect(await host.reported('result')).toBe('done');
    await host.reported('closed');
  });
});
