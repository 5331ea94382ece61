import { ROOT } from './package';
import { type Outcome, startProgram } from './programs';

/** What comes before a command so that a shell does this first, and then becomes the command. */
export function inShell(prelude: string): string[] {
  return ['sh', '-c', `${prelude} && exec "$@"`, 'sh'];
}

/**
 * Runs CommonJS source in its own Node.js, with `PythonWorkerPool`, `PythonWorker` and `argv` (the
 * arguments given here) in scope, and waits for its end.
 *
 * @param options.prelude shell commands to run before, such as `ulimit -n 60` (not on Windows)
 */
export function runNode(
  source: string,
  argv: readonly string[] = [],
  options: { prelude?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  const program = `
    const { PythonWorkerPool, PythonWorker } = require(${JSON.stringify(ROOT)});
    const argv = process.argv.slice(1);
    (async () => {${source}})();`;
  const prelude = options.prelude ? inShell(options.prelude) : [];
  return startProgram([...prelude, process.execPath, '-e', program, '--', ...argv], {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).exit();
}
