/** The start of many workers in a large host. */

import { fixture, onUnix, startHost } from '../support';

const MAX_BLOCKED_MS = 20;
/** Other programs use this machine, too: the smallest measurement is closest to our own cost. */
const MAX_ATTEMPTS = 5;

onUnix.it(
  'a host of 1.5 GB that starts 64 workers at once is not blocked for more than 20 ms',
  async () => {
    const argument = { script: fixture('waits_at_gate.py'), workers: 64, gibibytes: 1.5 };
    const longest: number[] = [];
    while (longest.length < MAX_ATTEMPTS && !(Math.min(...longest) <= MAX_BLOCKED_MS)) {
      const host = startHost('measures-start.cjs', argument);
      const measured = await host.reported('measured', 120_000);
      expect(measured.resident).toBeGreaterThan(1.5);
      expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
      process.stdout.write(`${JSON.stringify(measured)}\n`);
      longest.push(measured.longest);
    }
    expect(Math.min(...longest)).toBeLessThanOrEqual(MAX_BLOCKED_MS);
  },
  600_000,
);
