/** What the operating system says about the processes of a host. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** How the command line of a worker looks; that of one that is dead is empty. */
const WORKER = /\/start\.py$/;

/** The pids of the workers that a process has. */
export function workersOf(parent) {
  return childrenOf(parent)
    .filter(({ command }) => WORKER.test(command))
    .map(({ pid }) => pid);
}

/** The children of a process, as `{ pid, state, command }`; dead ones that are not reaped too. */
export function childrenOf(parent) {
  return process.platform === 'linux' ? childrenInProc(parent) : childrenByPs(parent);
}

function childrenInProc(parent) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // pid (name) state ppid ...
      const stat = readOr('', `/proc/${name}/stat`);
      const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(ppid) === parent
        ? [{ pid: Number(name), state, command: commandInProc(name) }]
        : [];
    });
}

function commandInProc(name) {
  return readOr('', `/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
}

function childrenByPs(parent) {
  const { stdout, pid: own } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command='], {
    encoding: 'utf8',
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, ppid, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return Number(ppid) === parent && Number(pid) !== own
      ? [{ pid: Number(pid), state, command }]
      : [];
  });
}

function readOr(fallback, path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
