// The worker's side on every supported Python of this machine: its own tests, then the scenarios
// and the tracing (with the newest OpenTelemetry for it) through the whole package. Older interpreters
// are refused by the package; its tests say how.

import { sumCounts } from '../../scripts/lib/counts.mjs';
import { findPythons } from '../../scripts/lib/pythons.mjs';
import { jest } from '../../scripts/lib/suites/jest.mjs';
import { pythonTests } from '../../scripts/lib/suites/python.mjs';

export const title = 'Python versions';

export async function run() {
  const all = [];
  for (const { path, version } of findPythons()) {
    console.log(`\nPython ${version}: ${path}`);
    all.push(await pythonTests(path));
    all.push(await jest({ only: 'scenarios|tracing', env: { PROMPTFOO_PYTHON: path } }));
  }
  return sumCounts(all);
}
