/**
 * One evaluation by the real promptfoo command line, in a private directory, without a network.
 *
 * Owns the promptfoo process: it is ended when it takes too long, and nothing that it started is
 * left when `evaluate` returns. What happened is told, not judged.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOOK_FAILED, POOLS_FILE, RUN_DIRECTORY } from './contract.mjs';
import { kill, recordedPids, survivors } from './processes.mjs';

/** About ten times what an evaluation of `cases/` needs. */
const TIME_LIMIT_MS = 45_000;
/** Our pool promises that nothing outlives its host by more than a second. */
const GRACE_MS = 1_000;
/** Neither its cache nor its database: nothing of one evaluation is in another. */
const FRESH = ['--no-cache', '--no-write'];
const GROUPS = process.platform !== 'win32';

/** What keeps promptfoo from the network. */
export const OFFLINE = {
  PROMPTFOO_DISABLE_TELEMETRY: '1',
  PROMPTFOO_DISABLE_UPDATE: '1',
  PROMPTFOO_DISABLE_SHARING: '1',
  PROMPTFOO_DISABLE_REMOTE_GENERATION: '1',
  // promptfoo reports even that its telemetry is off. A proxy nobody serves keeps that here.
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '',
};

const HOOK = new URL('hook.mjs', import.meta.url).href;

/**
 * @typedef {object} Evaluation
 * @property {number | null} exitCode  of the promptfoo process, null when it was ended by a signal
 * @property {string | null} signal  that ended it
 * @property {boolean} timedOut  whether it had to be ended
 * @property {number} seconds  it took
 * @property {object | undefined} results  those of promptfoo's JSON output, if it wrote one
 * @property {object[]} pools  the notes of `recorder.mjs`, none on promptfoo's own pool
 * @property {number[]} pids  of the worker processes there were
 * @property {{ pid: number, command: string }[]} survivors  processes that outlived promptfoo
 * @property {string} log  what promptfoo printed
 *
 * @typedef {object} Running  an evaluation
 * @property {string} directory  its private one
 * @property {() => boolean} isRunning
 * @property {() => void} interrupt  as Ctrl-C in a terminal does: all processes of its group
 */

/**
 * @param {{ node: string, cli: string }} promptfoo  as installed by `setup.mjs`
 * @param {'our' | 'own'} pool  ours in place of promptfoo's own, or its own
 * @param {string} config  the path of its configuration
 * @param {object} [options]
 * @param {number} [options.limit]  milliseconds until it is ended
 * @param {string[]} [options.flags]  of `promptfoo eval`
 * @param {Record<string, string>} [options.env]  added to the environment
 * @param {(running: Running) => Promise<void>} [options.meanwhile]
 * @returns {Promise<Evaluation>}
 */
export async function evaluate(
  promptfoo,
  pool,
  config,
  { limit = TIME_LIMIT_MS, flags = FRESH, env = {}, meanwhile } = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'pwp-e2e-'));
  const output = join(directory, 'output.json');
  const log = join(directory, 'log.txt');
  const args = ['-c', config, '-o', output, '--no-progress-bar', '--no-table', ...flags];
  const started = performance.now();
  try {
    const ended = await run(
      promptfoo.node,
      [...(pool === 'our' ? ['--import', HOOK] : []), promptfoo.cli, 'eval', ...args],
      { cwd: directory, env: { ...environment(directory), ...env } },
      { log, limit, meanwhile },
    );
    const seconds = (performance.now() - started) / 1_000;
    const left = await survivors(directory, GRACE_MS);
    kill(left);
    const printed = readFileSync(log, 'utf8');
    if (ended.exitCode === HOOK_FAILED) {
      throw new Error(`our pool could not take the place of promptfoo's own\n${printed}`);
    }
    return {
      ...ended,
      seconds,
      results: existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')).results : undefined,
      pools: readPools(join(directory, POOLS_FILE)),
      pids: recordedPids(directory),
      survivors: left,
      log: printed,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The output goes to a file and not to a pipe, which a left-over child could hold open. */
async function run(command, args, options, { log, limit, meanwhile }) {
  const file = openSync(log, 'w');
  // A group of its own only where we interrupt it: else our own Ctrl-C is to reach it.
  const detached = GROUPS && meanwhile !== undefined;
  try {
    const child = spawn(command, args, { ...options, stdio: ['ignore', file, file], detached });
    const exited = once(child, 'exit');
    exited.catch(() => {}); // it is seen below
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, limit);
    await meanwhile?.(running(child, options.cwd));
    const [exitCode, signal] = await exited;
    clearTimeout(timer);
    return { exitCode, signal, timedOut };
  } finally {
    closeSync(file);
  }
}

/** @returns {Running} */
function running(child, directory) {
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    directory,
    isRunning,
    interrupt: () => isRunning() && process.kill(-child.pid, 'SIGINT'),
  };
}

function environment(directory) {
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  const inherited = Object.entries(process.env).filter(([name]) => !isForeignSetting(name));
  return {
    ...Object.fromEntries(inherited),
    [RUN_DIRECTORY]: directory,
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
    NO_COLOR: '1',
    PROMPTFOO_CONFIG_DIR: join(directory, 'promptfoo'),
    ...OFFLINE,
  };
}

/** Settings of the developer's own promptfoo and proxies, which must not change what is tested. */
function isForeignSetting(name) {
  return (/^promptfoo_/i.test(name) && name !== 'PROMPTFOO_PYTHON') || /_proxy$/i.test(name);
}

function readPools(file) {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
}
