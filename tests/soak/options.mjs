/** The command line of the soak. */
import { parseArgs } from 'node:util';

const USAGE =
  'npm run soak -- [--minutes N] [--seed S] [--workers W] [--picture FILE] [--leak B]\n' +
  '  --minutes N     how long, fractions allowed (2)\n' +
  '  --seed S        a whole number from which the load and the chaos follow (a random one)\n' +
  '  --workers W     of the main pool (4)\n' +
  '  --picture FILE  where to write an SVG of the course (none is written)\n' +
  '  --leak B        bytes to keep of each call, for the soak to find (0)';
const MOST_SEED = 2 ** 32;

/** @returns {{ minutes: number, seed: number, workers: number, leak: number, picture?: string }} */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * MOST_SEED)) },
      workers: { type: 'string', default: '4' },
      picture: { type: 'string' },
      leak: { type: 'string', default: '0' },
    },
  });
  return {
    minutes: numberOf('minutes', values, (value) => value > 0),
    seed: numberOf('seed', values, Number.isSafeInteger),
    workers: numberOf('workers', values, (value) => Number.isInteger(value) && value > 0),
    leak: numberOf('leak', values, (value) => Number.isInteger(value) && value >= 0),
    picture: values.picture,
  };
}

function numberOf(name, values, isRight) {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || !isRight(value)) {
    throw new Error(`--${name} can not be ${values[name]}\n${USAGE}`);
  }
  return value;
}
