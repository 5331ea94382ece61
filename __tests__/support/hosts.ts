import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterTest } from './cleanup';
import { allGone, childrenOf, killAfterTest } from './processes';
import { eventually } from './waiting';

const HOSTS = path.join(__dirname, '..', 'hosts');

export interface HostExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running Node.js process that uses the package. */
export interface Host {
  readonly pid: number;
  /** Waits for the first line on its stdout that begins so; returns the JSON value behind that. */
  // biome-ignore lint/suspicious/noExplicitAny: what a host says is what its script says
  said(word: string, withinMs?: number): Promise<any>;
  /** Waits for its end. */
  exit(): Promise<HostExit>;
  kill(signal: NodeJS.Signals): void;
}

export interface HostOptions {
  env?: Record<string, string>;
  execArgv?: string[];
  /** A command that starts Node.js, which gets that as its last arguments. */
  through?: string[];
  /** In a process group of its own, as a shell starts a program. */
  detached?: boolean;
}

/**
 * Runs a script of `__tests__/hosts`, or any other, in a Node.js process of its own. It finds the
 * argument as JSON in `process.argv[2]`.
 */
export function startHost(script: string, argument: unknown, options: HostOptions = {}): Host {
  const file = path.resolve(HOSTS, script);
  const [program, ...args] = [
    ...(options.through ?? []),
    process.execPath,
    ...(options.execArgv ?? []),
    file,
    JSON.stringify(argument),
  ];
  const child = spawn(program, args, {
    env: { ...process.env, ...options.env },
    detached: options.detached,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  afterTest(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  let exit: Omit<HostExit, 'stdout' | 'stderr'> | undefined;
  child.on('exit', (code, signal) => {
    exit = { code, signal };
  });
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    pid: child.pid ?? 0,
    said: async (word, withinMs) => {
      const find = () => stdout.split('\n').find((text) => text.startsWith(`${word} `));
      await eventually(`"${word}" of the host, or its end`, () => find() ?? exit, withinMs);
      if (!find()) {
        await closed;
      }
      const line = find();
      if (!line) {
        throw new Error(`The host ended without "${word}":\n${stdout}${stderr}`);
      }
      return JSON.parse(line.slice(word.length));
    },
    exit: async () => {
      await eventually('the end of the host', () => exit);
      await closed;
      return { ...(exit as NonNullable<typeof exit>), stdout, stderr };
    },
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** Waits until the processes of a host are gone: a second after it, three on a busy machine. */
export function allGoneSoon(pids: readonly number[]): Promise<void> {
  return allGone(pids, 3000);
}

/** Runs a script of `__tests__/hosts` to its end. */
export function runHost(script: string, argument: unknown, options?: HostOptions) {
  return startHost(script, argument, options).exit();
}

/**
 * The processes that must not outlive a host: those it told of, its workers and its guardian (only
 * Linux tells the latter). Whatever happens in the test, they are killed after it.
 */
export function processesOf(host: Host, ...told: number[]): number[] {
  const children = process.platform === 'linux' ? childrenOf(host.pid) : [];
  const pids = [...new Set([...told, ...children])];
  killAfterTest(...pids);
  return pids;
}
