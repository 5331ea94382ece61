/** Installs the Python packages that the examples use, from PyPI. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/paths.mjs';
import { findPython } from '../../../scripts/lib/pythons.mjs';
import { virtualEnvironment } from '../../../scripts/lib/venv.mjs';

const REQUIREMENTS = join(root, 'examples', 'promptfoo', 'requirements.txt');

let environment;

/**
 * The folder of a virtual environment in the cache, with the packages in the examples' `requirements.txt`.
 * If the installation fails, it is not tried again.
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
