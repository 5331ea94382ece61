/** What a large pool leaves to other programs of its user. */

import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import path from 'node:path';
import { copyOfPackage, inShell, startHost } from '../support';

const KIB = 1024;
const NOBODY = 65534;

const isRoot = process.getuid?.() === 0;
// The kernel's bound on the pipes of a user does not hold for root.
const user: SpawnSyncOptions = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
const asUser = isRoot
  ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  : [];

/** Whether the user may run a program, which can be in a folder that is closed to others. */
const runs = (program: string, code: string, option: string) =>
  spawnSync(program, [option, code], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;

function pythonOfUser(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin'];
  const isNewEnough = 'import sys; sys.exit(sys.version_info < (3, 7))';
  return folders
    .map((folder) => path.join(folder, 'python3'))
    .find((python) => existsSync(python) && runs(python, isNewEnough, '-c'));
}

// Other systems have no such bound.
const python = process.platform === 'linux' ? pythonOfUser() : undefined;
const isPossible = python !== undefined && runs(process.execPath, '', '-e');
const withUser = isPossible ? it : it.skip;

withUser(
  'a user with 100 workers open still gets new pipes of 64 KiB (needs Python and Node.js for a user who is not root)',
  async () => {
    const tests = ['hosts', 'fixtures'].map((name) => path.join('__tests__', name));
    const copy = copyOfPackage(...tests);
    chmodSync(path.dirname(copy), 0o755);
    const script = path.join(copy, '__tests__', 'fixtures', 'waits_at_gate.py');
    const argument = { script, python, workers: 100, bytes: 1000 * KIB };
    const host = startHost(path.join(copy, '__tests__', 'hosts', 'measures-pipes.cjs'), argument, {
      through: [...inShell('cd /'), ...asUser],
    });
    const { room, whole, user, count } = await host.said('seen', 240_000);
    expect({ whole, count }).toEqual({ whole: true, count: 100 });
    expect(user).not.toBe(0);
    expect(room).toEqual(Array(16).fill(64 * KIB));
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
  },
  300_000,
);
