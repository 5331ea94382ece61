/** The command line of the benchmarks. */
import { parseArgs } from 'node:util';
import { ROWS } from './against/rows.mjs';
import { CASES } from './cases/index.mjs';

const USAGE =
  'npm run bench -- [--quick] [--only NAME,...] [--against FOLDER]\n' +
  '  --quick    a look of less than two minutes, which is judged by generous bounds\n' +
  `  --only     of these: ${CASES.join(', ')}\n` +
  '  --against  compares with another checkout that is built, in place of other ways to call Python\n' +
  `             --only, of these: ${ROWS.join(', ')}`;

/** @returns {{ isQuick: boolean, only: string[], against?: string }} */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      against: { type: 'string' },
    },
  });
  const known = values.against ? ROWS : CASES;
  const only = values.only?.split(',') ?? known;
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`No benchmark ${unknown.join(', ')}\n${USAGE}`);
  return { isQuick: values.quick, only, against: values.against };
}
