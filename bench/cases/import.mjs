/** A script whose import takes a second: loaded once by a pool, or imported for each call. */
import { fileURLToPath } from 'node:url';
import { compete, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'a script with an import of 1 s, including the start';

const SCRIPT = fileURLToPath(new URL('../scripts/heavy.py', import.meta.url));
const REACH = { 10: 10, 100: 90 };

export async function run({ field, scale }) {
  const results = [];
  const targets = [];
  for (const calls of scale([10, 100], [10])) {
    const outcomes = await compete(
      field,
      ['pool', 'process'].map((peer) => ({
        peer,
        x: calls,
        group: 'by number of calls',
        measure: 'from-start',
        parameters: { calls },
        settings: { script: SCRIPT },
      })),
      { rounds: calls === 10 ? scale(5, 1) : 1, isWarm: false },
    );
    const [pool, each] = rows(outcomes, 'ms');
    results.push(pool, each);
    const work = `a script with an import of 1 s, ${calls} calls: speed-up`;
    targets.push(ratio(work, 'process', each, pool, { least: REACH[calls] }));
  }
  return { rows: results, targets };
}
