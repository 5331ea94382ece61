/** The memory of an idle worker, compared with that of an interpreter waiting for input. */
import { compete, inGroup, rows } from '../harness/compete.mjs';
import { excess } from '../harness/targets.mjs';

export const title = 'memory of an idle worker';

const WORKERS = 4;
const WORK = 'memory of an idle worker beyond that of a bare interpreter (USS)';

export async function run({ field, scale }) {
  if (process.platform !== 'linux')
    return { note: 'Only Linux reports how much memory processes share.' };
  // Both run at the same time, so that they share the same pages.
  const outcomes = await compete(
    field,
    ['pool', 'idle'].map((peer) => ({ peer, measure: 'memory', settings: { workers: WORKERS } })),
    { rounds: scale(5, 2) },
  );
  const table = (name, group) =>
    inGroup(
      group,
      rows(outcomes, 'MiB', (answer) => answer[name]),
    );
  const own = table('uss', 'unique set size (USS)');
  const [pool, bare] = own;
  return {
    rows: [
      ...own,
      ...table('pss', 'proportional set size (PSS)'),
      ...table('guardian', 'the guardian, one for all workers (USS)').slice(0, 1),
    ],
    targets: [excess(WORK, 'idle', pool, bare, { most: 3 })],
  };
}
