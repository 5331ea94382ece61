/** Gets numpy into a virtual environment of its own below the cache. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../../.ci/lib/paths.mjs';
import { mustRun } from '../../.ci/lib/shell.mjs';

const VERSION = '2.2.6';

/** The path of an interpreter like that at `python`, with numpy. */
export async function pythonWithNumpy(python) {
  const folder = join(cache, 'numpy', `${VERSION}-python-${python.version}`);
  const windows = process.platform === 'win32';
  const path = windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const stamp = join(folder, 'complete');
  if (!existsSync(stamp)) {
    console.log('Installing numpy ...');
    rmSync(folder, { recursive: true, force: true });
    await mustRun(python.path, ['-m', 'venv', folder], { quiet: true });
    await mustRun(path, ['-m', 'pip', 'install', '--quiet', `numpy==${VERSION}`], { quiet: true });
    writeFileSync(stamp, '');
  }
  return path;
}
