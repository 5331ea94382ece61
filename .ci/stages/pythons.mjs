// The worker's side on every supported Python of this machine, and on the newest ones, which are
// downloaded where that is possible: its own tests, then the scenarios
// and the tracing (with the newest OpenTelemetry for it) through the whole package. Older interpreters
// are refused by the package; its tests say how.

import { sumCounts } from '../lib/counts.mjs';
import { debianPythons } from '../lib/debian-pythons.mjs';
import { findPythons } from '../lib/pythons.mjs';
import { jest, pythonTest } from '../lib/suites.mjs';

export const title = 'Python versions';

export async function run() {
  const all = [];
  const { paths, reason } = await debianPythons();
  if (reason) console.log(`Python 3.14 and 3.15 are not downloaded: ${reason}`);
  for (const { path, version } of findPythons(paths)) {
    console.log(`\nPython ${version}: ${path}`);
    all.push(await pythonTest(path));
    all.push(await jest({ only: 'scenarios|tracing', env: { PROMPTFOO_PYTHON: path } }));
  }
  return sumCounts(all);
}
