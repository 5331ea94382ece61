/** The command line of the benchmarks. */
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.mjs';

const USAGE =
  'npm run bench -- [--quick] [--only NAME,...]\n' +
  '  --quick  a look of less than two minutes, which is judged by generous bounds\n' +
  `  --only   of these: ${CASES.join(', ')}`;

/** @returns {{ isQuick: boolean, only: string[] }} */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const only = values.only?.split(',') ?? CASES;
  const unknown = only.filter((name) => !CASES.includes(name));
  if (unknown.length > 0) throw new Error(`No benchmark ${unknown.join(', ')}\n${USAGE}`);
  return { isQuick: values.quick, only };
}
