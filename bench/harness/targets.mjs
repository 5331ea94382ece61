/** Targets, and whether they are met. */
import { spread } from './statistics.mjs';

/**
 * @typedef {({ most: number } | { least: number }) & { isGuard?: false }} Reach  `isGuard` is false
 *   if a quick run on a busy machine cannot judge the target
 *
 * @typedef {object} Target
 * @property {string} work
 * @property {string} [against]
 * @property {Reach} reach
 * @property {string} [unit]  '' for a ratio
 * @property {number} [median] @property {number} [low] @property {number} [high]
 * @property {boolean} [isMet]
 * @property {string} [reason]  why it was not measured
 */

/**
 * The ratio of two rows of results, `ours / theirs`, taken round by round because the two were
 * measured right after each other.
 *
 * @returns {Target}
 */
export function ratio(work, against, ours, theirs, reach) {
  return judged({ work, against, reach, unit: '' }, ours, theirs, (our, their) => our / their);
}

/** By how much our row exceeds theirs, `ours - theirs`. @returns {Target} */
export function excess(work, against, ours, theirs, reach) {
  return judged(
    { work, against, reach, unit: ours.unit },
    ours,
    theirs,
    (our, their) => our - their,
  );
}

/** A row of results with a limit of its own. @returns {Target} */
export function bound(work, row, reach) {
  return judged({ work, reach, unit: row.unit }, row, row, (value) => value);
}

/** @param {number} [slack] by which factor the value may miss the target */
export function isWithin({ most, least }, value, slack = 1) {
  return most === undefined ? value >= least / slack : value <= most * slack;
}

function judged(target, ours, theirs, compare) {
  const reason = ours.reason ?? theirs.reason;
  if (reason) return { ...target, reason };
  const values = ours.values.map((value, round) => compare(value, theirs.values[round]));
  const { median, low, high } = spread(values);
  return { ...target, median, low, high, isMet: isWithin(target.reach, median) };
}
