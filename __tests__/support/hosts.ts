import path from 'node:path';
import { allGone, childrenOf, killAfterTest } from './processes';
import { type Outcome, startProgram } from './programs';
import { eventually } from './waiting';

const HOSTS = path.join(__dirname, '..', 'hosts');

/** A running Node.js process that uses the package. */
export interface Host {
  readonly pid: number;
  /** Waits for the first line on stdout that begins with `word`; returns the JSON value after it. */
  // biome-ignore lint/suspicious/noExplicitAny: each host script has its own values
  reported(word: string, withinMs?: number): Promise<any>;
  /** Waits for its end. */
  exit(): Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
}

export interface HostOptions {
  env?: Record<string, string>;
  execArgv?: string[];
  /** A command that starts Node.js, whose command line becomes its last arguments. */
  through?: string[];
  /** In its own process group, as a shell starts a program. */
  detached?: boolean;
}

/**
 * Runs a script of `__tests__/hosts`, or any other, in its own Node.js process. It finds the argument
 * as JSON in `process.argv[2]`.
 */
export function startHost(script: string, argument: unknown, options: HostOptions = {}): Host {
  const command = [
    ...(options.through ?? []),
    process.execPath,
    ...(options.execArgv ?? []),
    path.resolve(HOSTS, script),
    JSON.stringify(argument),
  ];
  const { child, stdout, exit } = startProgram(command, {
    env: { ...process.env, ...options.env },
    detached: options.detached,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let outcome: Outcome | undefined;
  exit().then(
    (ended) => {
      outcome = ended;
    },
    () => {}, // `exit` reports it.
  );
  return {
    pid: child.pid ?? 0,
    reported: async (word, withinMs) => {
      const find = () =>
        stdout()
          .split('\n')
          .find((line) => line.startsWith(`${word} `));
      await eventually(`"${word}" of the host, or its end`, () => find() ?? outcome, withinMs);
      const line = find();
      if (!line) {
        throw new Error(`The host ended without "${word}":\n${outcome?.stdout}${outcome?.stderr}`);
      }
      return JSON.parse(line.slice(word.length));
    },
    exit: () => eventually('the end of the host', () => outcome),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** Runs a script of `__tests__/hosts` to its end. */
export function runHost(
  script: string,
  argument: unknown,
  options?: HostOptions,
): Promise<Outcome> {
  return startHost(script, argument, options).exit();
}

/**
 * The processes that must not outlive a host: those it named, its workers and its guardian (the
 * guardian is seen on Linux only). Whatever happens in the test, they are killed after it.
 */
export function processesOf(host: Host, ...named: number[]): number[] {
  const children = process.platform === 'linux' ? childrenOf(host.pid) : [];
  const pids = [...new Set([...named, ...children])];
  killAfterTest(...pids);
  return pids;
}

/** Waits until the processes of a host are gone: a second after it, three on a busy machine. */
export function allGoneSoon(pids: readonly number[]): Promise<void> {
  return allGone(pids, 3000);
}
