import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './package';

/** A folder for `PYTHONPATH`, or the reason why there is none. */
export interface InstalledPackages {
  folder?: string;
  reason?: string;
}

/** The version of a Python, such as `3.12`. */
export function versionOf(python: string): string {
  const { stdout } = spawnSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  return String(stdout).trim();
}

/**
 * Installs packages from PyPI for a Python, into a folder of the cache. They stay there until
 * `name` changes, which therefore contains their versions.
 */
export function installPackages(
  python: string,
  name: string,
  requirements: string[],
): InstalledPackages {
  const version = versionOf(python);
  const folder = path.join(ROOT, '.cache', `${name}-python-${version}`);
  const stamp = path.join(folder, 'complete');
  if (existsSync(stamp)) {
    return { folder };
  }
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const args = ['-m', 'pip', 'install', '--quiet', '--target', unfinished, ...requirements];
  const hasPip = spawnSync(python, ['-m', 'pip', '--version']).status === 0;
  // What has no pip of its own, such as Debian's Pythons, gets the packages by that of another.
  const [installer, options] = hasPip
    ? [python, []]
    : ['python3', ['--python-version', version, '--only-binary', ':all:']];
  const { status, stderr } = spawnSync(installer, [...args, ...options], { encoding: 'utf8' });
  if (status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    return { reason: `pip cannot install ${name}: ${stderr?.trim().split('\n').at(-1)}` };
  }
  writeFileSync(path.join(unfinished, 'complete'), '');
  // Another test file may have been faster.
  if (!existsSync(stamp)) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  }
  rmSync(unfinished, { recursive: true, force: true });
  return { folder };
}
