/** The start of many workers in a large host. */

import { fixture, onUnix, startHost } from '../support';

/** Beyond what the machine, busy with the workers, does to a process that has nothing to do with them. */
const MAX_BLOCKED_MS = 20;
/** The smallest measurement is closest to our own cost. */
const MAX_ATTEMPTS = 5;

onUnix.it(
  'a host of 1.5 GB that starts 64 workers at once is not blocked for more than 20 ms',
  async () => {
    const argument = { script: fixture('waits_at_gate.py'), workers: 64, gibibytes: 1.5 };
    const blocked: number[] = [];
    while (blocked.length < MAX_ATTEMPTS && !(Math.min(...blocked) <= MAX_BLOCKED_MS)) {
      const host = startHost('measures-start.cjs', argument);
      const measured = await host.reported('measured', 120_000);
      expect(measured.resident).toBeGreaterThan(1.5);
      expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
      process.stdout.write(`${JSON.stringify(measured)}\n`);
      blocked.push(measured.longest - measured.idle);
    }
    expect(Math.min(...blocked)).toBeLessThanOrEqual(MAX_BLOCKED_MS);
  },
  600_000,
);
