// Where log lines go if the user has no logger: to stderr.

import { LEVEL_VARIABLE } from './defaults.js';
import { LEVELS, type Log } from './log.js';
import { writeLine } from './stderr.js';

const THRESHOLDS = [...LEVELS, 'silent'] as const;
type Threshold = (typeof THRESHOLDS)[number];

const DEFAULT_THRESHOLD: Threshold = 'warn';

/** The invalid level that was reported last. */
let reported: string | undefined;

/** @param functionOf the function of a call in flight */
export function logToStderr(functionOf: (call: number) => string | undefined): Log {
  const threshold = THRESHOLDS.indexOf(thresholdFromEnvironment());
  return (level, text, worker, call) => {
    if (LEVELS.indexOf(level) < threshold) {
      return;
    }
    if (worker === undefined || worker === null) {
      print(text);
      return;
    }
    const name = typeof call === 'number' ? functionOf(call) : undefined;
    print(`Python worker ${worker}${name === undefined ? '' : ` (${name})`}: ${text}`);
  };
}

function thresholdFromEnvironment(): Threshold {
  const text = process.env[LEVEL_VARIABLE];
  if (!text) {
    return DEFAULT_THRESHOLD;
  }
  const threshold = THRESHOLDS.find((name) => name === text.trim().toLowerCase());
  if (threshold === undefined && reported !== text) {
    reported = text;
    print(
      `Invalid ${LEVEL_VARIABLE}: ${JSON.stringify(text)}. Must be ${THRESHOLDS.join(', ')}; ` +
        `using ${DEFAULT_THRESHOLD}.`,
    );
  }
  return threshold ?? DEFAULT_THRESHOLD;
}

function print(line: string): void {
  writeLine(`[python-worker-pool] ${line}`);
}
