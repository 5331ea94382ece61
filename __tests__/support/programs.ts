import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { afterTest } from './cleanup';

/** How a program has ended, and what it has printed. */
export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Program {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Waits for its end. */
  exit(): Promise<Outcome>;
}

/** Starts a program and collects what it prints. After the test it is killed if it still runs. */
export function startProgram(
  [file, ...args]: readonly string[],
  options: SpawnOptions = {},
): Program {
  const child = spawn(file, args, options);
  afterTest(() => void child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    exit: () => ended,
  };
}
