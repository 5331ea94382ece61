/** Formats numbers. */

/** Three significant digits. */
export function number(value) {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
}

export function withUnit(value, unit) {
  return unit ? `${number(value)} ${unit}` : number(value);
}

/** 100 B, 1 kB, 100 MB. */
export function bytes(count) {
  const power = Math.min(Math.floor(Math.log10(count) / 3), 3);
  return `${number(count / 1_000 ** power)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}

export function reach({ most, least }, unit) {
  return most === undefined ? `≥ ${withUnit(least, unit)}` : `≤ ${withUnit(most, unit)}`;
}
