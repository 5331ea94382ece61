/** Finds the processes of one evaluation through the operating system, and kills them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PIDS_FILE, RUN_DIRECTORY } from './contract.mjs';

const POLL_MS = 20;

/** The pid of every worker that ever imported a provider in this evaluation. */
export function recordedPids(directory) {
  const notes = readOr('', join(directory, PIDS_FILE)).split('\n').filter(Boolean);
  return [...new Set(notes.map(Number))];
}

/**
 * The processes of the evaluation that are still alive after `graceMs`.
 *
 * @returns {Promise<{ pid: number, command: string }[]>}
 */
export async function survivors(directory, graceMs) {
  const deadline = performance.now() + graceMs;
  for (;;) {
    const alive = livingProcesses(directory);
    if (alive.length === 0 || performance.now() > deadline) {
      return alive;
    }
    await pause(POLL_MS);
  }
}

export function kill(processes) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has exited in the meantime.
    }
  }
}

function livingProcesses(directory) {
  if (process.platform === 'linux') {
    return inheritorsOf(directory);
  }
  return recordedPids(directory).flatMap((pid) => {
    const command = commandOf(pid);
    return command === undefined ? [] : [{ pid, command }];
  });
}

/**
 * Every process that inherited the environment of the evaluation: workers, but also a guardian or a
 * helper that recorded no pid. A zombie has no environment.
 */
function inheritorsOf(directory) {
  const mark = `${RUN_DIRECTORY}=${directory}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readOr('', `/proc/${name}/environ`).includes(mark))
    .map((name) => ({
      pid: Number(name),
      command: readOr('', `/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(),
    }));
}

/** The command line of a living worker; undefined if no worker has that pid. */
function commandOf(pid) {
  if (process.platform === 'win32') {
    const { stdout } = spawnSync('tasklist', ['/fi', `pid eq ${pid}`, '/fo', 'csv', '/nh'], {
      encoding: 'utf8',
    });
    return /python|^"py/im.test(stdout) ? stdout.trim() : undefined;
  }
  const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'stat=,command='], {
    encoding: 'utf8',
  });
  // The pid may have been reused by now; a zombie (Z) is not alive.
  return /^(?!Z).*(start|wrapper)\.py/.test(stdout.trim()) ? stdout.trim() : undefined;
}

function readOr(fallback, path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
