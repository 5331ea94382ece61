/**
 * The verdict on a run. A full run measures, and reports which targets are met. A quick run guards
 * against regressions. Its machine may be busy and its rounds are few, so it fails only if a result is
 * far from its target.
 */
import { isWithin } from '../harness/targets.mjs';
import { titleOf } from '../peers/index.mjs';
import { reach, withUnit } from './format.mjs';

const SLACK = 3;

/** Prints a line for each target, then the totals; returns whether the run passed. */
export function judge({ isQuick, cases }) {
  const slack = isQuick ? SLACK : 1;
  const tally = { passed: 0, failed: 0 };
  if (isQuick)
    console.log(`A target fails only if it is missed by more than a factor of ${SLACK}.\n`);
  for (const [name, { targets = [], rows = [], error }] of Object.entries(cases)) {
    const fault = error ?? rows.find(({ isFault }) => isFault)?.reason;
    tally[fault ? 'failed' : 'passed'] += 1;
    console.log(fault ? `FAIL  ${name} runs\n      ${fault}` : `ok    ${name} runs`);
    for (const target of targets) count(target, slack, tally);
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  // In a full run, a missed target is a result, not an error.
  return isQuick ? tally.failed === 0 : Object.values(cases).every(({ error }) => !error);
}

function count(target, slack, tally) {
  const { work, against, unit, median, reason } = target;
  const title = against ? `${work}, against ${titleOf(against)}` : work;
  if (reason) {
    console.log(`-     ${title}: not measured`);
    return;
  }
  const found = `${withUnit(median, unit)} (${reach(target.reach, unit)})`;
  if (slack > 1 && target.reach.isGuard === false) {
    console.log(`-     ${title}: ${found}; varies too much to guard against regressions`);
    return;
  }
  const isRight = isWithin(target.reach, median, slack);
  tally[isRight ? 'passed' : 'failed'] += 1;
  console.log(`${isRight ? 'ok   ' : 'FAIL '} ${title}: ${found}`);
}
