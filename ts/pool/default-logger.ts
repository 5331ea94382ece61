// Where log lines go if the user has no logger: to stderr.

import { LEVEL_VARIABLE } from './defaults.js';
import { LEVELS, type Level } from './log.js';
import { writeLine } from './stderr.js';

const THRESHOLDS = [...LEVELS, 'silent'] as const;
type Threshold = (typeof THRESHOLDS)[number];

const DEFAULT_THRESHOLD: Threshold = 'warn';

/** The invalid level that was reported last. */
let reported: string | undefined;

/** Prints a line, with the worker and the function it is about. */
type Printer = (
  level: Level,
  text: string,
  worker: number | null | undefined,
  functionName: string | undefined,
) => void;

export function logToStderr(): Printer {
  const threshold = THRESHOLDS.indexOf(thresholdFromEnvironment());
  return (level, text, worker, functionName) => {
    if (LEVELS.indexOf(level) < threshold) {
      return;
    }
    if (worker === undefined || worker === null) {
      print(text);
      return;
    }
    const origin = functionName === undefined ? '' : ` (${functionName})`;
    print(`Python worker ${worker}${origin}: ${text}`);
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
