/** Information from Linux about the descendants of this process. */
import { readdirSync, readFileSync } from 'node:fs';
import { childrenOf } from '../../tests/soak/processes.mjs';

/** The children of a process, and all of their descendants. */
export function descendants(pid = process.pid) {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child.pid)]);
}

/** Milliseconds of processor time that the threads of a process have used. */
export function processorTime(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(nanoseconds) / 1e6;
  }, 0);
}

/**
 * Memory of a process in MiB.
 *
 * @returns {{ pss: number, uss: number }} `pss`: its private memory plus its share of memory that it
 *   shares with others; `uss`: its private memory
 */
export function memory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)[1]) / 1_024;
  return { pss: mib('Pss'), uss: mib('Private_Clean') + mib('Private_Dirty') };
}
