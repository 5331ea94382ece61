// The worker's side on the supported Pythons of this machine, and on the newest ones, which are
// downloaded where possible: its own tests, then the scenarios through the whole package and, at night,
// tracing with the newest OpenTelemetry for each. The package refuses older interpreters; other tests
// check how.

import { sumCounts } from '../../scripts/lib/counts.mjs';
import { findPythons } from '../../scripts/lib/pythons.mjs';
import { jest } from '../../scripts/lib/suites/jest.mjs';
import { pythonTests } from '../../scripts/lib/suites/python.mjs';
import { debianPythons } from '../lib/debian-pythons.mjs';

export const title = 'Python versions';
export const nightly = 'the versions between the oldest and the newest, and tracing on each';

export function prefetch() {
  return debianPythons();
}

export async function run({ isNightly }) {
  const { paths, reason } = await debianPythons();
  if (reason) console.log(`Python 3.14 and 3.15 are not downloaded: ${reason}`);
  const all = findPythons(paths);
  const chosen = isNightly ? all : [...new Set([all[0], all.at(-1)])];
  const only = isNightly ? 'scenarios|tracing' : 'scenarios';
  const counts = [];
  for (const { path, version } of chosen) {
    console.log(`\nPython ${version}: ${path}`);
    counts.push(await pythonTests(path));
    counts.push(await jest({ only, env: { PROMPTFOO_PYTHON: path } }));
  }
  return sumCounts(counts);
}
