/** The command line of the soak. */
import { parseArgs } from 'node:util';

const USAGE =
  'npm run soak -- [--minutes N] [--seed S] [--workers W] [--picture FILE] [--leak B]\n' +
  '  --minutes N     duration; fractions are allowed (default: 2)\n' +
  '  --seed S        an integer that determines the load and the chaos (default: random)\n' +
  '  --workers W     number of workers of the main pool (default: 4)\n' +
  '  --picture FILE  write an SVG of the course to FILE (default: none)\n' +
  '  --leak B        leak B bytes per call, for the soak to detect (default: 0)';
const MAX_SEED = 2 ** 32;

/** @returns {{ minutes: number, seed: number, workers: number, leak: number, picture?: string }} prints its usage and exits with `--help` */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * MAX_SEED)) },
      workers: { type: 'string', default: '4' },
      picture: { type: 'string' },
      leak: { type: 'string', default: '0' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
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
    throw new Error(`Invalid value for --${name}: ${values[name]}\n${USAGE}`);
  }
  return value;
}
