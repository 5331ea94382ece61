// Other JavaScript runtimes, from the npm packages of their binaries: each installs the package and checks
// its promises one by one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { npmPackage } from '../../scripts/lib/npm-packages.mjs';
import { mustRun, run } from '../../scripts/lib/shell.mjs';

const LIMIT_MS = 60_000;
const GONE_WITHIN_MS = 15_000;

export const RUNTIMES = [
  {
    title: 'Bun',
    get: bun,
    add: ['add', '--ignore-scripts', 'python-worker-pool'],
    run: ['run'],
  },
  {
    title: 'Deno',
    get: deno,
    add: ['add', 'npm:python-worker-pool'],
    run: ['run', '--allow-ffi', '--allow-read', '--allow-env', '--no-prompt'],
  },
];

/** Installs the package with a runtime. */
export async function add(project, registry, program, args) {
  const env = { ...project.env, NPM_CONFIG_REGISTRY: registry.url };
  await mustRun(program, args, { cwd: project.folder, env, quiet: true, limit: LIMIT_MS });
}

/** The names of all checks. */
export async function smokeNames(project) {
  return (await project.run(['smoke.mjs'])).trim().split('\n');
}

/** Runs one check on a runtime. */
export async function smoke(project, program, args, name) {
  const options = { cwd: project.folder, env: project.env, quiet: true, limit: LIMIT_MS };
  const { code, output } = await run(program, [...args, 'smoke.mjs', name], options);
  const worker = /^worker (\d+)$/m.exec(output)?.[1];
  if (worker) await gone(Number(worker));
  const isComplete = worker !== undefined || /^checked$/m.test(output);
  if (!isComplete || (code !== 0 && !name.startsWith('kill'))) {
    throw new Error(`It ended with ${code}: ${output.trim().slice(-2_000)}`);
  }
}

/** Waits until a process is gone; throws if it is not in time. */
async function gone(pid) {
  const end = performance.now() + GONE_WITHIN_MS;
  while (isAlive(pid)) {
    if (performance.now() > end) throw new Error(`The worker ${pid} outlived its host.`);
    await pause(20);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    // A zombie stays until its parent reaps it, and the parent is no longer the host.
    return (
      process.platform !== 'linux' || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    );
  } catch {
    return false;
  }
}

async function bun() {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
  const folder = await npmPackage(`@oven/bun-${system}-${arch}`, '1.4.5');
  return join(folder, 'bin', process.platform === 'win32' ? 'bun.exe' : 'bun');
}

async function deno() {
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const folder = await npmPackage(`@deno/${process.platform}-${process.arch}${libc}`, '2.9.6');
  return join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno');
}
