/** Hosts that were started in odd ways. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fixture, inShell, interpreter, onUnix, runHost, tempFolder } from '../support';

/** Makes the host the first process that it sees, which is the init process for all others. */
const IN_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

const mayMakeNamespace =
  process.platform === 'linux' &&
  spawnSync(IN_NAMESPACE[0], [...IN_NAMESPACE.slice(1), 'true']).status === 0;
// Needs Linux, and rights that a container may lack.
const inNamespace = mayMakeNamespace ? it : it.skip;

const BLOCK_SIGNALS = `
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
os.execv(sys.argv[1], sys.argv[1:])
`;

// Node.js undoes some of it for itself; `tests/process/host.rs` proves the rest without Node.js.
describe('workers end, obey and are reaped in a host that was started', () => {
  const everythingWorks = async (through: string[]) => {
    const report = path.join(tempFolder(), 'report');
    const script = fixture('hangs.py');
    const exit = await runHost('meets-every-fault.cjs', { script, report }, { through });
    expect(exit).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual({
      outcomes: ['first', 'ERR_WORKER_CRASHED', 'ERR_CALL_TIMEOUT', 'ERR_CALL_TIMEOUT', 'last'],
      cleaned: true,
      left: [],
    });
  };

  onUnix.it.each([
    ['as a background job, with SIGINT ignored', "trap '' INT"],
    ['with SIGCHLD ignored', "trap '' CHLD"],
    ['with the standard streams closed', 'exec 0<&- 1>&- 2>&-'],
  ])('%s', (_, prelude) => everythingWorks(inShell(prelude)));

  onUnix.it('with every signal blocked', async () => {
    await everythingWorks([await interpreter(), '-c', BLOCK_SIGNALS]);
  });

  inNamespace('as the init process (needs the right to make a PID namespace)', () =>
    everythingWorks(IN_NAMESPACE),
  );
});
