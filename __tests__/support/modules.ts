import { spawnSync } from 'node:child_process';

/** Declares a test that needs a module of Python; skips it, and says why, where there is none. */
export function withModule(module: string): (name: string, test: () => Promise<void>) => void {
  // The interpreter that a pool without options finds is not known yet where tests are declared.
  const python =
    process.env.PROMPTFOO_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
  const isThere = spawnSync(python, ['-c', `import ${module}`]).status === 0;
  return (name, test) =>
    isThere ? it(name, test) : it.skip(`${name} (skipped: ${python} has no ${module})`, test);
}
