import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { afterTest } from './cleanup';
import type { NodeOutcome } from './node';
import { ROOT } from './package';

const cli = (root = ROOT) => path.join(root, 'dist', 'cli.js');

/** Runs its arguments in a terminal of their own, which is its stdin, stdout and stderr. */
const IN_TERMINAL = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';

export interface CliOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** What it finds on stdin; nothing by default. */
  input?: string | Buffer;
  /** Leaves stdin open behind that. */
  keepInputOpen?: boolean;
  /** The folder of the package. */
  root?: string;
}

/** A running command line. */
export interface RunningCli {
  child: ChildProcess;
  /** What it has written to stderr so far. */
  stderr(): string;
  /** Waits for its end. */
  exit(): Promise<NodeOutcome>;
}

/** Starts `python-worker-pool` with these arguments. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  return start([process.execPath, cli(options.root), ...args], options);
}

/** Runs `python-worker-pool` with these arguments and waits for its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<NodeOutcome> {
  return startCli(args, options).exit();
}

/** As `runCli`, in a terminal: all that it writes is in `stdout`. Not on Windows. */
export function runCliInTerminal(args: readonly string[]): Promise<NodeOutcome> {
  const python = process.env.PROMPTFOO_PYTHON ?? 'python3';
  return start([python, '-c', IN_TERMINAL, process.execPath, cli(), ...args], {}).exit();
}

function start(
  [program, ...args]: string[],
  { env, cwd, input, keepInputOpen }: CliOptions,
): RunningCli {
  const child = spawn(program, args, { env: { ...process.env, ...env }, cwd });
  afterTest(() => void child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  // It may end before it has read all.
  child.stdin.on('error', () => {});
  if (keepInputOpen) {
    child.stdin.write(input ?? '');
  } else {
    child.stdin.end(input);
  }
  const ended = new Promise<NodeOutcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
  return { child, stderr: () => texts.stderr, exit: () => ended };
}
