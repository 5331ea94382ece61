import path from 'node:path';
import { writeScript } from './files';
import { importsOf, RECORDS_IMPORTS } from './imports';
import { ROOT } from './package';
import { allGone, killAfterTest } from './processes';
import { type Outcome, type Program, startProgram } from './programs';
import { eventually } from './waiting';

const cli = (root = ROOT) => path.join(root, 'dist', 'cli.js');

/** Runs its arguments in their own terminal, which is their stdin, stdout and stderr. */
const IN_TERMINAL = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';

/** npm may have started the tests, but it has not started the command. */
const OF_NPM = { npm_command: undefined, npm_execpath: undefined };

export interface CliOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** What it reads from stdin; nothing by default. */
  input?: string | Buffer;
  /** Leaves stdin open after that. */
  keepInputOpen?: boolean;
  /** The folder of the package. */
  root?: string;
}

/** Starts `python-worker-pool` with these arguments. */
export function startCli(args: readonly string[], options: CliOptions = {}): Program {
  return start([process.execPath, cli(options.root), ...args], options);
}

/** Runs `python-worker-pool` with these arguments and waits for its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  return startCli(args, options).exit();
}

/** Runs a POSIX shell script in which `cli` is the command, and waits for its end. Not on Windows. */
export function runShell(script: string, options: CliOptions = {}): Promise<Outcome> {
  return startShell(script, options).exit();
}

/** Starts a POSIX shell script in which `cli` is the command. Not on Windows. */
export function startShell(script: string, options: CliOptions = {}): Program {
  const env = { TEST_NODE: process.execPath, TEST_CLI: cli(options.root), ...options.env };
  const define = 'cli() { "$TEST_NODE" "$TEST_CLI" "$@"; }';
  return start(['sh', '-c', `${define}\n${script}`], { ...options, env });
}

/** As `runCli`, in a terminal: all that it writes is in `stdout`. Not on Windows. */
export function runCliInTerminal(args: readonly string[]): Promise<Outcome> {
  const python = process.env.PROMPTFOO_PYTHON ?? 'python3';
  return start([python, '-c', IN_TERMINAL, process.execPath, cli(), ...args], {}).exit();
}

/** Sends SIGINT to `python-worker-pool` while it imports a script, and waits for both to end. */
export async function interruptImport(
  argsFor: (script: string) => readonly string[],
): Promise<Outcome> {
  const script = writeScript(`${RECORDS_IMPORTS}import time\ntime.sleep(60)\n`);
  const { child, exit } = startCli(argsFor(script));
  const pid = await eventually('a process that imports', () => importsOf(script)[0]);
  killAfterTest(pid);
  child.kill('SIGINT');
  const outcome = await exit();
  await allGone([pid]);
  return outcome;
}

function start(
  command: readonly string[],
  { env, cwd, input, keepInputOpen }: CliOptions,
): Program {
  const program = startProgram(command, { env: { ...process.env, ...OF_NPM, ...env }, cwd });
  const { stdin } = program.child;
  // It may end before it has read everything.
  stdin?.on('error', () => {});
  if (keepInputOpen) {
    stdin?.write(input ?? '');
  } else {
    stdin?.end(input);
  }
  return program;
}
