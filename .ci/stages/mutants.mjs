// Bugs in the scheduler that its tests must notice: some of them each night, because all of them take too long.

import { run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Bugs put into the scheduler';
export const nightly = 'one in 24 of all mutants, others each night';
export const isNightlyOnly = true;

const PARTS = 24;
const DAY_MS = 24 * 60 * 60_000;
const LIMIT_MS = 60 * 60_000;

export async function run() {
  const part = Math.floor(Date.now() / DAY_MS) % PARTS;
  const args = ['scripts/mutants.mjs', '--shard', `${part}/${PARTS}`];
  return countsOf(await start(process.execPath, args, { limit: LIMIT_MS }));
}

/** A caught mutant counts as a passed test; one that does not compile does not count. None at all is a failure. */
function countsOf({ code, output }) {
  const last = /^\d+ mutants? tested.*$/m.exec(output)?.[0] ?? '';
  const number = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(last)?.[1] ?? 0);
  const passed = number('caught') + number('timeouts?');
  const failed = number('missed');
  const isComplete = passed + failed > 0 && (code === 0 || failed > 0);
  return { passed, failed: isComplete ? failed : failed + 1 };
}
