// A quick run of the benchmarks. It fails if a result is so far from its target that a busy machine alone
// does not explain it.

import { countsOfLine } from '../../scripts/lib/counts.mjs';
import { npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Benchmarks';

export async function run() {
  return countsOfLine(await start(...npm('run', 'bench', '--', '--quick')));
}
