// Finds the Python interpreters of this machine.

import { spawnSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The oldest version that the worker runs on. */
export const OLDEST = [3, 7];

const PROBE = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
// A version manager's shim may hang or ask a question.
const PROBE_LIMIT_MS = 15_000;

/** The default interpreter: `{ path, version }`, or undefined. */
export function findPython() {
  const commands = [
    ['python3'],
    ['python'],
    ...(process.platform === 'win32' ? [['py', '-3']] : []),
  ];
  for (const command of commands) {
    const python = probe(command);
    if (python && isSupported(python)) return python;
  }
  return undefined;
}

/**
 * Every supported interpreter, oldest first: those on the PATH, those pyenv has installed, and `more`.
 */
export function findPythons(more = []) {
  const found = new Map();
  for (const candidate of [...onPath(), ...inPyenv(), ...more]) {
    const python = probe([candidate]);
    if (python && isSupported(python)) found.set(realpathSync(python.path), python);
  }
  return [...found.values()].sort((a, b) => compare(a.version, b.version));
}

function onPath() {
  const name = process.platform === 'win32' ? /^python\.exe$/i : /^python3(\.\d+)?$/;
  return (process.env.PATH ?? '').split(delimiter).flatMap((folder) =>
    entries(folder)
      .filter((file) => name.test(file))
      .map((file) => join(folder, file)),
  );
}

function inPyenv() {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  return entries(versions).map((version) => join(versions, version, 'bin', 'python'));
}

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function probe([command, ...args]) {
  const { status, stdout } = spawnSync(command, [...args, '-c', PROBE], {
    encoding: 'utf8',
    timeout: PROBE_LIMIT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (status !== 0) return undefined;
  // Ask the interpreter for its path: a shim is not the program that will run.
  const [path, version] = stdout.trim().split(/\r?\n/);
  return { path, version };
}

function isSupported({ version }) {
  return compare(version, OLDEST.join('.')) >= 0;
}

function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}
