// Starts commands.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './paths.mjs';

const LIMIT_MS = 20 * 60_000;
const GRACE_MS = 5_000;

// Each command leads a process group, so that a hanging one is killed with all its children.
const groups = process.platform !== 'win32';
const running = new Set();

function end(child, signal) {
  try {
    process.kill(groups ? -child.pid : child.pid, signal);
  } catch {
    // It is already gone.
  }
}

for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.once(signal, () => {
    for (const child of running) end(child, signal);
    process.exit(128 + number);
  });
}

/**
 * Runs a command and resolves with its exit code and output, even if it fails. The output is also
 * printed as it arrives, unless `quiet`. `env` is added to our own environment. After `limit`
 * milliseconds the command is killed.
 */
export async function run(
  command,
  args,
  { cwd = root, env = {}, quiet = false, limit = LIMIT_MS } = {},
) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: groups,
  });
  running.add(child);
  let output = '';
  for (const [stream, target] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (!quiet) target.write(text);
    });
  }
  const timer = setTimeout(() => {
    output += `\n${command} was ended after ${limit / 60_000} minutes.\n`;
    console.error(output.slice(-80).trim());
    end(child, 'SIGTERM');
    setTimeout(() => end(child, 'SIGKILL'), GRACE_MS).unref();
  }, limit);
  try {
    const closed = once(child, 'close');
    // A process that was left behind may keep the pipe open; do not wait for it.
    closed.catch(() => {});
    const [code] = await once(child, 'exit');
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref())]);
    return { code: code ?? 1, output: stripVTControlCharacters(output) };
  } catch (error) {
    return { code: 127, output: `${command}: ${error.message}\n` };
  } finally {
    clearTimeout(timer);
    running.delete(child);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Like `run`, but throws an error with the end of the output if the command fails. */
export async function mustRun(command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    const said = options?.quiet ? `\n${result.output.trim().slice(-4_000)}` : '';
    throw new Error(`${[basename(command), ...args].join(' ')} failed (${result.code})${said}`);
  }
  return result.output;
}

/** Whether a command can be started at all. */
export async function exists(command) {
  return (await run(command, ['--version'], { quiet: true })).code === 0;
}

/** The words of an npm command line. npm is a script; where we run under it, it is this one. */
export function npm(...args) {
  const script = process.env.npm_execpath ?? '';
  if (basename(script) === 'npm-cli.js') return [process.execPath, [script, ...args]];
  return ['npm', args];
}

/** The words of a command line that starts a tool of `node_modules`, given by its script. */
export function tool(script, ...args) {
  return [process.execPath, [`${root}node_modules/${script}`, ...args]];
}
