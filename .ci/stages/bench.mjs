// A quick run of the benchmarks: it fails on what is far from its target, which a busy machine alone
// does not explain.

import { countsOfLine } from '../../scripts/lib/counts.mjs';
import { npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Benchmarks';

export async function run() {
  return countsOfLine(await start(...npm('run', 'bench', '--', '--quick')));
}
