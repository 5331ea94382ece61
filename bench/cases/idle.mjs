/** What an idle pool costs. */
import { compete, rows } from '../harness/compete.mjs';
import { excess } from '../harness/targets.mjs';

export const title = 'processor time of an idle pool of 8 workers';

const WORKERS = 8;
const SECONDS = 10;
const WORK = `processor time of an idle pool of ${WORKERS} in ${SECONDS} s`;

export async function run({ field, scale }) {
  if (process.platform !== 'linux') return { note: 'Only Linux reports times this short.' };
  const seconds = scale(SECONDS, 2);
  const outcomes = await compete(
    field,
    ['pool', 'nothing'].map((peer) => ({
      peer,
      measure: 'idle',
      parameters: { seconds },
      settings: { workers: WORKERS },
    })),
    { rounds: scale(3, 1), isWarm: false },
  );
  const results = rows(outcomes, 'ms', (time) => (time / seconds) * SECONDS);
  const [pool, nothing] = results;
  return { rows: results, targets: [excess(WORK, 'nothing', pool, nothing, { most: 10 })] };
}
