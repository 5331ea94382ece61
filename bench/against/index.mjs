/**
 * `npm run bench -- --against FOLDER`: compares this checkout with another built checkout, in alternating turns
 * (A B A B).
 *
 *   rows.mjs     the measurements
 *   verdict.mjs  which of the two is better, and whether the difference is significant
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { heading, seconds } from '../../scripts/lib/print.mjs';
import { compete } from '../harness/compete.mjs';
import { commit } from '../harness/machine.mjs';
import { SCRIPT } from '../peers/field.mjs';
import { rows } from './rows.mjs';
import { compareNumber, verdictLine } from './verdict.mjs';

/** @returns {Promise<object>} the commits and the comparisons, for the report */
export async function compareWith(folder, { only, isQuick, python }) {
  const contenders = [root, requireBuilt(resolve(folder))];
  const scale = (full, quick) => (isQuick ? quick : full);
  const field = {
    settings: { script: SCRIPT, python: python.path },
    peer: (name) => ({ module: name }),
  };
  const chosen = rows({ scale }).filter(({ name }) => !only || only.includes(name));
  const comparisons = [];
  for (const row of chosen) {
    heading(`${row.name}: ${row.title}`);
    const start = performance.now();
    const outcomes = await measureRow(row, { contenders, field, python, scale });
    for (const number of row.numbers) {
      const comparison = { row: row.name, title: row.title, ...compareNumber(number, outcomes) };
      comparisons.push(comparison);
      console.log(verdictLine(comparison));
    }
    console.log(`${row.name} took ${seconds(start)}`);
  }
  return { commits: contenders.map(commit), comparisons };
}

/** Takes short turns, so that other load affects both alike, and replaces the processes now and then. */
async function measureRow({ entry, prepare, isLong }, { contenders, field, python, scale }) {
  try {
    const settings = { ...entry.settings, ...(await prepare?.({ python })) };
    return await compete(
      field,
      contenders.map((folder) => ({
        ...entry,
        peer: 'pool',
        settings: { ...settings, package: folder },
      })),
      isLong
        ? { rounds: scale(15, 5), isWarm: false, freshEvery: 1 }
        : { rounds: scale(48, 16), isWarm: false, freshEvery: 8 },
    );
  } catch (error) {
    return contenders.map(() => ({ reason: error.message }));
  }
}

/** Only its public interface is used, so the other checkout may be much older than this one. */
function requireBuilt(folder) {
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (name !== 'python-worker-pool')
    throw new Error(`${folder} is not a checkout of this package.`);
  createRequire(import.meta.url)(folder);
  return folder;
}
