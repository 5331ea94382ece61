// A quick run of the benchmarks. It fails if a result is so far from its target that a busy machine alone
// does not explain it.

import { countsOfLine } from '../../scripts/lib/counts.mjs';
import { npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Benchmarks';
export const nightly = 'the benchmarks of large values, start-up, several workers and promptfoo';

/** What a change is most likely to make slower, or larger. */
const CORE = ['echo', 'flight', 'idle', 'memory', 'queue'];

export async function run({ isNightly }) {
  const only = isNightly ? [] : ['--only', CORE.join(',')];
  return countsOfLine(await start(...npm('run', 'bench', '--', '--quick', ...only)));
}
