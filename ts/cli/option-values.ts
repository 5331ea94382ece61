// Values of options, from their text on the command line.

import { statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^(\d+\.?\d*|\.\d+)(ms|s|m|h)?$/i;

/** A duration such as `5s`, in milliseconds; a number without a unit is in milliseconds. */
export function duration(text: string): number {
  const [, number, unit = 'ms'] = DURATION.exec(text) ?? [];
  const value = text === 'Infinity' ? Infinity : Number(number) * UNITS[unit.toLowerCase()];
  if (!(value > 0)) {
    throw new InvalidArgumentError(
      'Must be a duration above 0, such as 500ms, 5s, 2m or 1h (milliseconds without a unit), or Infinity.',
    );
  }
  return value;
}

export function count(text: string): number {
  if (!/^0*[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('Must be an integer, at least 1.');
  }
  return Number(text);
}

export function folder(text: string): string {
  if (!statSync(text, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidArgumentError('Must be an existing folder.');
  }
  return text;
}
