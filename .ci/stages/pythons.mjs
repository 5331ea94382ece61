// The worker's side on every supported Python of this machine: its own tests, then the scenarios
// and the tracing (with the newest OpenTelemetry for it) through the whole package. Older interpreters
// are refused by the package; its tests say how.

import { sumCounts } from '../../scripts/lib/counts.mjs';
import { findPythons } from '../../scripts/lib/pythons.mjs';
import { jest, pythonTest } from '../../scripts/lib/suites.mjs';

export const title = 'Python versions';

export async function run() {
  const all = [];
  for (const { path, version } of findPythons()) {
    console.log(`\nPython ${version}: ${path}`);
    all.push(await pythonTest(path));
    all.push(await jest({ only: 'scenarios|tracing', env: { PROMPTFOO_PYTHON: path } }));
  }
  return sumCounts(all);
}
