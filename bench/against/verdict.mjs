/** Compares the numbers of this checkout with those of another one. */

import { spread } from '../harness/statistics.mjs';
import { number as short, withUnit } from '../report/format.mjs';

/**
 * @typedef {import('../harness/statistics.mjs').Spread & { values: number[] }} Side
 * @typedef {object} Comparison
 * @property {string} what @property {string} unit @property {number} [most]
 * @property {Side} [ours] @property {Side} [theirs]
 * @property {number} [ratio]  of the medians
 * @property {boolean} [isOverlapping]  whether the quartiles overlap
 * @property {boolean} isWorse  also true if it could not be measured on a system where it can be
 * @property {string} [reason]  why it was not measured
 */

/** @returns {Comparison} */
export function compareNumber({ what, unit, pick, most }, [our, their]) {
  const number = { what, unit, most };
  const reason = our.reason ?? their.reason;
  if (reason) return { ...number, reason: reason.split('\n')[0], isWorse: true };
  const [ours, theirs] = [our, their].map(({ answers }) => {
    const values = answers.map(pick);
    return { values, ...spread(values) };
  });
  if (Number.isNaN(ours.median))
    return { ...number, reason: 'available only on Linux', isWorse: false };
  const ratio = ours.median / theirs.median;
  const isOverlapping = ours.low <= theirs.high && theirs.low <= ours.high;
  // A limit applies even if the quartiles overlap.
  const isWorse = most === undefined ? ratio > 1 && !isOverlapping : ratio > most;
  return { ...number, ours, theirs, ratio, isOverlapping, isWorse };
}

export function verdictLine(comparison) {
  const { what, unit, most, ours, theirs, ratio, isOverlapping, isWorse, reason } = comparison;
  const mark = isWorse ? 'FAIL ' : 'ok   ';
  if (reason) return `${isWorse ? mark : '-    '} ${what}: not measured: ${reason}`;
  const quartiles = ({ median, low, high }) =>
    `${withUnit(median, unit)} (${short(low)} – ${short(high)})`;
  return (
    `${mark} ${what}: ${ratio.toFixed(3)}${most ? ` (≤ ${most})` : ''}, ` +
    `${quartiles(ours)} against ${quartiles(theirs)}; ` +
    `the quartiles ${isOverlapping ? 'overlap' : 'do not overlap'}`
  );
}

/** Prints a line for each number, then the totals; returns whether none is worse. */
export function judgeComparisons(comparisons) {
  const tally = { passed: 0, failed: 0 };
  for (const one of comparisons) {
    console.log(verdictLine({ ...one, what: `${one.title}, ${one.what}` }));
    if (one.isWorse) tally.failed += 1;
    else if (!one.reason) tally.passed += 1;
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 && tally.passed > 0;
}
