/** Asks the operating system about the processes of a host. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Matches the command line of a worker; that of a dead process is empty. */
const WORKER = /\/start\.py$/;

/** The pids of the workers of a process. */
export function workersOf(parent) {
  return childrenOf(parent)
    .filter(({ command }) => WORKER.test(command))
    .map(({ pid }) => pid);
}

/** The children of a process, including unreaped dead ones. */
export function childrenOf(parent) {
  return allProcesses().filter((one) => one.parent === parent);
}

/** The living processes that have `word` in their command line. */
export function processesWith(word) {
  return allProcesses().filter(({ command }) => command.includes(word));
}

/** @returns {{ pid: number, parent: number, state: string, command: string }[]} */
function allProcesses() {
  return process.platform === 'linux' ? inProc() : byPs();
}

function inProc() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      // pid (name) state ppid ...
      const stat = readOr('', `/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = readOr('', `/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
      return { pid: Number(name), parent: Number(parent), state, command };
    });
}

function byPs() {
  const { stdout, pid: own } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command='], {
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid, parent, state, command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      state,
      command: command ?? '',
    }))
    .filter(({ pid }) => pid !== own);
}

function readOr(fallback, path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
