/** What is to be reached, and what was. */
import { spread } from './statistics.mjs';

/**
 * @typedef {({ most: number } | { least: number }) & { isGuard?: false }} Reach  it is no guard where
 *   a quick run on a busy machine says nothing
 *
 * @typedef {object} Target
 * @property {string} work
 * @property {string} [against]
 * @property {Reach} reach
 * @property {string} [unit]  '' for a ratio
 * @property {number} [median] @property {number} [low] @property {number} [high]
 * @property {boolean} [isMet]
 * @property {string} [reason]  why nothing was measured
 */

/**
 * How two rows of results compare, `ours / theirs`: round by round, as the two were measured one
 * right after the other.
 *
 * @returns {Target}
 */
export function ratio(work, against, ours, theirs, reach) {
  return judged({ work, against, reach, unit: '' }, ours, theirs, (our, their) => our / their);
}

/** By how much our row is over theirs, `ours - theirs`. @returns {Target} */
export function excess(work, against, ours, theirs, reach) {
  return judged(
    { work, against, reach, unit: ours.unit },
    ours,
    theirs,
    (our, their) => our - their,
  );
}

/** A row of results that is judged by itself. @returns {Target} */
export function bound(work, row, reach) {
  return judged({ work, reach, unit: row.unit }, row, row, (value) => value);
}

/** @param {number} [slack] how often over the target is still right */
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
