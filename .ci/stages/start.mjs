// `npm start`: what the README promises after a fresh clone.

import { match } from 'node:assert/strict';
import { Checks } from '../../scripts/lib/checks.mjs';
import { mustRun, npm } from '../../scripts/lib/shell.mjs';

export const title = 'npm start';

export async function run() {
  const checks = new Checks();
  await checks.check('The example runs and shows what it costs', async () => {
    match(await mustRun(...npm('start')), /times as fast, and gave the same answers/);
  });
  return checks.counts;
}
