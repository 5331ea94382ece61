/** The Python versions to measure. */
import { findPython, findPythons } from '../../scripts/lib/pythons.mjs';

const MAIN = '3.11';
/** The releases whose start is measured, because its cost differs between releases. */
const STARTED = ['3.11', '3.13'];

/** @typedef {{ path: string, version: string }} Python */

/** @returns {{ main: Python, started: Python[] }} real executables, not shims */
export function interpreters() {
  const all = findPythons();
  const newest = (release) => all.findLast(({ version }) => version.startsWith(`${release}.`));
  const main = newest(MAIN) ?? findPython();
  if (!main) throw new Error('The benchmarks need Python 3.7 or newer.');
  const started = STARTED.map(newest).filter(Boolean);
  return { main, started: started.length > 0 ? started : [main] };
}
