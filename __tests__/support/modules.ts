import { spawnSync } from 'node:child_process';

/** Declares a test that needs a Python module; skips it, with the reason, if there is none. */
export function withModule(module: string): (name: string, test: () => Promise<void>) => void {
  // Tests are declared before a pool without options has found its interpreter.
  const python =
    process.env.PROMPTFOO_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
  const isThere = spawnSync(python, ['-c', `import ${module}`]).status === 0;
  return (name, test) =>
    isThere ? it(name, test) : it.skip(`${name} (skipped: ${python} has no ${module})`, test);
}
