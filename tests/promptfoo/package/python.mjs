/** Gets the Python packages that the examples use, from PyPI. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/paths.mjs';
import { findPython } from '../../../scripts/lib/pythons.mjs';
import { virtualEnvironment } from '../../../scripts/lib/venv.mjs';

const REQUIREMENTS = join(root, 'examples', 'promptfoo', 'requirements.txt');

let environment;

/**
 * The folder of a virtual environment with what `requirements.txt` of the examples names, below the cache.
 * Where that can not be had, it is tried once.
 */
export function examplesEnvironment() {
  environment ??= install();
  return environment;
}

async function install() {
  const python = findPython();
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 8);
  const name = join('examples', `${version}-python-${python.version}`);
  return virtualEnvironment(name, python, ['-r', REQUIREMENTS]);
}
