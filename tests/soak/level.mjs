/** Measures the resources that this process holds, and waits until it has released them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { childrenOf, processesWith } from './processes.mjs';

const SETTLE_LIMIT_MS = 10_000;
const POLL_MS = 100;
const COLLECTIONS = 4;

/**
 * @typedef {object} Level
 * @property {number} calls  so far
 * @property {number} fds
 * @property {number} threads
 * @property {number} rss  bytes
 * @property {number} heap  bytes in use on JavaScript's heap
 * @property {string[]} processes  state and command line of each child of this process, including
 *   unreaped dead ones, and of each living process that a call started
 * @property {string[]} temporary  names in the temporary directory
 */

/** @returns {Level} */
function levelNow({ directory, temporary, ledger }) {
  const { rss, heapUsed } = process.memoryUsage();
  const processes = [...childrenOf(process.pid), ...processesWith(directory)];
  return {
    calls: ledger.size,
    fds: fdCount(),
    threads: threadCount(),
    rss,
    heap: heapUsed,
    processes: processes.map(({ state, command }) => `${state} ${command}`),
    temporary: readdirSync(temporary),
  };
}

/**
 * The level after garbage collection. Threads exit and handles close a moment after the pool has
 * closed, so this waits until there are no more of them than in `baseline`.
 *
 * @param {import('./legs.mjs').Soak} soak
 * @param {Level} [baseline]
 */
export async function levelAtRest(soak, baseline) {
  const end = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    await collectGarbage();
    const level = levelNow(soak);
    if (isAtRest(level, baseline) || performance.now() > end) {
      return level;
    }
    await pause(POLL_MS);
  }
}

function isAtRest(level, baseline) {
  const { fds, threads } = baseline ?? level;
  return level.fds <= fds && level.threads <= threads && level.processes.length === 0;
}

/** Memory freed by a finalizer may only be collected by the next collection. */
async function collectGarbage() {
  for (let round = 0; round < COLLECTIONS; round += 1) {
    globalThis.gc();
    await pause(0);
  }
}

function fdCount() {
  // One of them belongs to the listing itself.
  return readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length - 1;
}

function threadCount() {
  if (process.platform === 'linux') {
    return Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  }
  const { stdout } = spawnSync('ps', ['-M', String(process.pid)], { encoding: 'utf8' });
  return stdout.trim().split('\n').length - 1;
}
