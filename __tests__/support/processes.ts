import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterTest } from './cleanup';
import { linesOf, tempFolder } from './files';
import { eventually } from './waiting';

/** Whether the operating system runs this process. A zombie is dead. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || !['Z', 'X', undefined].includes(stateOf(pid));
}

/** The state letter of a process as `/proc` has it, on Linux only: `T` is stopped, `Z` a zombie. */
export function stateOf(pid: number): string | undefined {
  return stat(pid)?.state;
}

/** Waits until none of the processes lives. */
export async function allGone(pids: readonly number[], withinMs?: number): Promise<void> {
  await eventually(`the end of ${pids.join(', ')}`, () => !pids.some(isAlive), withinMs);
}

/** A file in which a script records pids, one a line. */
export const pidFile = (): string => path.join(tempFolder(), 'pids');

/** The pids in such a file; none when there is no file yet. */
export const pidsIn = (file: string): number[] => linesOf(file).map(Number);

/** Has processes that a failed test may leave killed after the test. */
export function killAfterTest(...pids: readonly number[]): void {
  afterTest(() => {
    for (const pid of pids.filter(isAlive)) {
      process.kill(pid, 'SIGKILL');
    }
  });
}

/**
 * The living direct children of a process, on Linux only. A host has one child that is no worker:
 * its guardian.
 */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => stat(pid)?.parent === parent && isAlive(pid));
}

/** State and parent of a process from `/proc/<pid>/stat`: `pid (name) state ppid ...`. */
function stat(pid: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
