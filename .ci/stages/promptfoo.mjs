// Real promptfoo evaluations on this pool.

import { countsOfLine } from '../lib/counts.mjs';
import { npm, run as start } from '../lib/shell.mjs';

export const title = 'Real promptfoo evaluations';

export async function run() {
  return countsOfLine(await start(...npm('run', 'e2e:promptfoo')));
}
