/** A host that drops its privileges after the start may not signal its workers any more. */

import { chmodSync } from 'node:fs';
import path from 'node:path';
import { killAfterTest, onUnix, startHost, writeScript } from '../support';

const SCRIPT = `import os, signal
def pid(): return os.getpid()
def echo(value=None): return value
def hang():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        signal.pause()
`;

const asRoot = process.getuid?.() === 0 ? onUnix.it : onUnix.it.skip;

interface End {
  outcome: string;
  next: unknown;
  warnings: string[];
}

async function endOf(killsGuardian: boolean): Promise<End> {
  const script = writeScript(SCRIPT);
  chmodSync(path.dirname(script), 0o755);
  const host = startHost('drops-privileges.cjs', { script, killsGuardian });
  const { worker, guardian } = await host.reported('processes');
  killAfterTest(worker, guardian);
  if (killsGuardian) {
    await host.reported('dropped');
    process.kill(guardian, 'SIGKILL');
    host.kill('SIGUSR2');
  }
  const end = await host.reported('end');
  expect(await host.exit()).toMatchObject({ code: 0 });
  return end;
}

asRoot('its guardian kills a worker that hangs', async () => {
  const { outcome, warnings } = await endOf(false);
  expect(outcome).toBe('ERR_CALL_TIMEOUT');
  expect(warnings.join('\n')).not.toContain('given up');
});

asRoot(
  'without its guardian, a worker that hangs is given up, and shutdown() resolves',
  async () => {
    const { outcome, warnings } = await endOf(true);
    expect(outcome).toBe('ERR_CALL_TIMEOUT');
    expect(warnings.join('\n')).toMatch(/may not be killed .* was given up/);
  },
);
