/** What is to be reached, and what was. */
import { spread } from './statistics.mjs';

/**
 * @typedef {{ most: number } | { least: number }} Reach
 *
 * @typedef {object} Target
 * @property {string} work
 * @property {string} against
 * @property {Reach} reach
 * @property {string} unit  '' for a ratio
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
  const reason = ours.reason ?? theirs.reason;
  if (reason) return { work, against, reach, unit: '', reason };
  const values = ours.values.map((value, round) => value / theirs.values[round]);
  return judged({ work, against, reach, unit: '' }, values);
}

/** A row of results that is judged by itself. @returns {Target} */
export function bound(work, against, row, reach) {
  const { unit = '', reason } = row;
  return reason
    ? { work, against, reach, unit, reason }
    : judged({ work, against, reach, unit }, row.values);
}

/** @param {number} [slack] how often over the target is still right */
export function isWithin({ most, least }, value, slack = 1) {
  return most === undefined ? value >= least / slack : value <= most * slack;
}

function judged(target, values) {
  const { median, low, high } = spread(values);
  return { ...target, median, low, high, isMet: isWithin(target.reach, median) };
}
