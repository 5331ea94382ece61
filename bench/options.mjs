/** The command line of the benchmarks. */
import { parseArgs } from 'node:util';
import { ROWS } from './against/rows.mjs';
import { CASES } from './cases/index.mjs';

const USAGE =
  'npm run bench -- [--quick] [--only NAME,...] [--against FOLDER]\n' +
  '  --quick    a run of less than two minutes, judged by generous limits\n' +
  `  --only     run only some of these: ${CASES.join(', ')}\n` +
  '  --against  compare with another built checkout, not with other ways to call Python\n' +
  `             (--only then takes: ${ROWS.join(', ')})`;

/** @returns {{ isQuick: boolean, only: string[], against?: string }} prints its usage and exits with `--help` */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      against: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const known = values.against ? ROWS : CASES;
  const only = values.only?.split(',') ?? known;
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`Unknown benchmark: ${unknown.join(', ')}\n${USAGE}`);
  return { isQuick: values.quick, only, against: values.against };
}
