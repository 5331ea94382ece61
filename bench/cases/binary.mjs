/** 16 MB of numbers to numpy and back: as binary data, and as a JSON list. */
import { fileURLToPath } from 'node:url';
import { compete, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';
import { pythonWithNumpy } from '../peers/numpy.mjs';

export const title = 'numbers to numpy and back';

const MB = 1_000_000;
const SCRIPT = fileURLToPath(new URL('../scripts/arrays.py', import.meta.url));
const TYPES = ['Float32Array', 'Buffer'];

export async function run({ field, pythons, scale }) {
  const python = await pythonWithNumpy(pythons.main);
  const megabytes = scale(16, 2);
  const results = [];
  const targets = [];
  for (const type of TYPES) {
    const outcomes = await compete(
      field,
      ['view', 'list'].map((form) => ({
        peer: 'pool',
        series: form === 'view' ? 'as binary data' : 'as a JSON list',
        group: `${megabytes} MB ${type}`,
        measure: 'binary',
        parameters: { type, form, bytes: megabytes * MB, budget: scale(500, 100) },
        settings: { script: SCRIPT, python },
      })),
      { rounds: scale(3, 1), isWarm: false },
    );
    const [view, list] = rows(outcomes, 'ms');
    results.push(view, list);
    const work = `${megabytes} MB ${type} to numpy and back`;
    targets.push(ratio(work, list.series, view, list, { most: 1 / 20 }));
  }
  return { rows: results, targets };
}
