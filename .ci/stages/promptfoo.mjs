// Real promptfoo evaluations on this pool.

import { countsOfLine } from '../../scripts/lib/counts.mjs';
import { npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Real promptfoo evaluations';

export async function run() {
  return countsOfLine(await start(...npm('run', 'e2e:promptfoo')));
}
