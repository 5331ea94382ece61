/**
 * What a run comes to. A full run measures, and tells which targets are met. A quick one guards
 * against regressions, where the machine may be busy and the rounds are few: it fails on what is far
 * off the target.
 */
import { isWithin } from '../harness/targets.mjs';
import { titleOf } from '../peers/index.mjs';
import { reach, withUnit } from './format.mjs';

const SLACK = 3;

/** Prints a line for each target and the count; returns whether all is well. */
export function judge({ isQuick, cases }) {
  const slack = isQuick ? SLACK : 1;
  const tally = { passed: 0, failed: 0 };
  if (isQuick) console.log(`A target counts as failed when it is missed ${SLACK}-fold.\n`);
  for (const [name, { targets = [], rows = [], error }] of Object.entries(cases)) {
    const fault = error ?? rows.find(({ isFault }) => isFault)?.reason;
    tally[fault ? 'failed' : 'passed'] += 1;
    console.log(fault ? `FAIL  ${name} runs\n      ${fault}` : `ok    ${name} runs`);
    for (const target of targets) count(target, slack, tally);
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  // A target that a full run finds missed is a result, not an error.
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
    console.log(`-     ${title}: ${found}, which varies too much to be a guard`);
    return;
  }
  const isRight = isWithin(target.reach, median, slack);
  tally[isRight ? 'passed' : 'failed'] += 1;
  console.log(`${isRight ? 'ok   ' : 'FAIL '} ${title}: ${found}`);
}
