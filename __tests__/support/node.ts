import { spawn } from 'node:child_process';
import { ROOT } from './package';

export interface NodeOutcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** What comes before a command so that a shell does this first, and then becomes the command. */
export function inShell(prelude: string): string[] {
  return ['sh', '-c', `${prelude} && exec "$@"`, 'sh'];
}

/**
 * Runs CommonJS source in a Node.js of its own, in which `PythonWorkerPool`, `PythonWorker` and
 * `argv` (the arguments given here) are there, and waits for its end.
 *
 * @param options.prelude shell words to run before, as `ulimit -n 60` (not on Windows)
 */
export function runNode(
  source: string,
  argv: readonly string[] = [],
  options: { prelude?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<NodeOutcome> {
  const program = `
    const { PythonWorkerPool, PythonWorker } = require(${JSON.stringify(ROOT)});
    const argv = process.argv.slice(1);
    (async () => {${source}})();`;
  const command = [process.execPath, '-e', program, '--', ...argv];
  const [file, ...args] = options.prelude ? [...inShell(options.prelude), ...command] : command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
}
