// `npm test`, which also installs and builds what the later stages use.

import { countsOfLine } from '../../scripts/lib/counts.mjs';
import { npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'npm test';

export async function run() {
  return countsOfLine(await start(...npm('test')));
}
