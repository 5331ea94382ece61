/**
 * Runs one evaluation with the real promptfoo command line, in a private directory, without network.
 *
 * Owns the promptfoo process: kills it when it takes too long, and leaves nothing that it started
 * behind when `evaluate` returns. It reports what happened, but does not judge it.
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

/** About ten times as long as an evaluation of `cases/` takes. */
const TIME_LIMIT_MS = 45_000;
/** Our pool guarantees that nothing outlives its host by more than a second. */
const GRACE_MS = 1_000;
/** Without promptfoo's cache and database, so that evaluations do not affect each other. */
const FRESH = ['--no-cache', '--no-write'];
const GROUPS = process.platform !== 'win32';

/** Keeps promptfoo off the network. */
export const OFFLINE = {
  PROMPTFOO_DISABLE_TELEMETRY: '1',
  PROMPTFOO_DISABLE_UPDATE: '1',
  PROMPTFOO_DISABLE_SHARING: '1',
  PROMPTFOO_DISABLE_REMOTE_GENERATION: '1',
  // promptfoo reports even that its telemetry is off. A proxy that does not exist blocks that.
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '',
};

const HOOK = new URL('hook.mjs', import.meta.url).href;

/**
 * @typedef {object} Evaluation
 * @property {number | null} exitCode  exit code of the promptfoo process, null if a signal ended it
 * @property {string | null} signal  the signal that ended it
 * @property {boolean} timedOut  whether it had to be killed
 * @property {number} seconds  its duration
 * @property {object | undefined} results  the results in promptfoo's JSON output, if it wrote one
 * @property {object[]} pools  the notes of `recorder.mjs`; none with promptfoo's own pool
 * @property {number[]} pids  pids of all worker processes
 * @property {{ pid: number, command: string }[]} survivors  processes that outlived promptfoo
 * @property {string} log  promptfoo's output
 *
 * @typedef {object} Running  a running evaluation
 * @property {string} directory  its private directory
 * @property {() => boolean} isRunning
 * @property {() => void} interrupt  interrupts all processes of its group, like Ctrl-C in a terminal
 */

/**
 * @param {{ node: string, cli: string }} promptfoo  as installed by `setup.mjs`
 * @param {'our' | 'own'} pool  our pool in place of promptfoo's, or promptfoo's own
 * @param {string} config  the path of the configuration
 * @param {object} [options]
 * @param {number} [options.limit]  milliseconds until it is killed
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
      throw new Error(`our pool could not replace promptfoo's own\n${printed}`);
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

/** Writes the output to a file, not to a pipe, which a leftover child could hold open. */
async function run(command, args, options, { log, limit, meanwhile }) {
  const file = openSync(log, 'w');
  // Use a separate group only if the test interrupts it; otherwise the user's Ctrl-C must reach it.
  const detached = GROUPS && meanwhile !== undefined;
  try {
    const child = spawn(command, args, { ...options, stdio: ['ignore', file, file], detached });
    const exited = once(child, 'exit');
    exited.catch(() => {}); // handled below
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

/** Whether a variable configures the developer's own promptfoo or proxies, which must not affect the test. */
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
