/** A start of many workers by a large host. */

import { fixture, onUnix, startHost } from '../support';

const PROMISE = 20;
/** Others use this machine as well; what we cost is the least that was measured. */
const ATTEMPTS = 5;

onUnix.it(
  'a host of 1.5 GB that starts 64 workers at once is not blocked for more than 20 ms',
  async () => {
    const argument = { script: fixture('waits_at_gate.py'), workers: 64, gibibytes: 1.5 };
    const longest: number[] = [];
    while (longest.length < ATTEMPTS && !(Math.min(...longest) <= PROMISE)) {
      const host = startHost('measures-start.cjs', argument);
      const measured = await host.said('measured', 120_000);
      expect(measured.resident).toBeGreaterThan(1.5);
      expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
      process.stdout.write(`${JSON.stringify(measured)}\n`);
      longest.push(measured.longest);
    }
    expect(Math.min(...longest)).toBeLessThanOrEqual(PROMISE);
  },
  600_000,
);
