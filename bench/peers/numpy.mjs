/** Installs numpy in its own virtual environment, in the cache. */
import { join } from 'node:path';
import { pythonOf, virtualEnvironment } from '../../scripts/lib/venv.mjs';

const VERSION = '2.2.6';

/** The path of an interpreter of the same version as `python`, with numpy. */
export async function pythonWithNumpy(python) {
  const name = join('numpy', `${VERSION}-python-${python.version}`);
  return pythonOf(await virtualEnvironment(name, python, [`numpy==${VERSION}`]));
}
