/**
 * `npm run e2e:promptfoo`: real promptfoo evaluations of Python providers on this pool.
 *
 *   setup.mjs      gets promptfoo and a Node for it, once
 *   evaluate.mjs   runs one configuration of cases/, whose providers are in providers/
 *     hook.mjs       puts our class in the place of promptfoo's, in memory, while it loads
 *     recorder.mjs   notes what promptfoo did with our class
 *   processes.mjs  asks the operating system what is left
 *   expected.mjs   what each case must come to
 *   checks.mjs     compares that with what happened, and both pools with each other
 *
 * Prints a line for each check. Names of cases as arguments run only those.
 */
import { fileURLToPath } from 'node:url';
import { compareWithOwn, ourChecks } from './checks.mjs';
import { evaluate } from './evaluate.mjs';
import { CASES } from './expected.mjs';
import { installPromptfoo } from './setup.mjs';

const tally = { passed: 0, failed: 0 };

try {
  const promptfoo = installPromptfoo();
  for (const expected of chosenCases(process.argv.slice(2))) {
    await examine(promptfoo, expected);
  }
} catch (error) {
  fail('the evaluations can be run', error.message);
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 ? 1 : 0;

function chosenCases(names) {
  const unknown = names.filter((name) => !CASES.some((known) => known.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `no case ${unknown.join(', ')}; there are ${CASES.map(({ name }) => name).join(', ')}`,
    );
  }
  return names.length === 0 ? CASES : CASES.filter(({ name }) => names.includes(name));
}

/** First on our pool, then on promptfoo's own: both at once would only disturb each other's clocks. */
async function examine(promptfoo, expected) {
  const config = fileURLToPath(new URL(`cases/${expected.name}.yaml`, import.meta.url));
  const our = await evaluate(promptfoo, 'our', config);
  report(expected, our, ourChecks(expected));

  const own = await evaluate(promptfoo, 'own', config);
  const run = () => compareWithOwn(expected, our, own);
  report(expected, own, [{ name: "compared with promptfoo's own pool", run }]);
}

function report(expected, evaluation, checks) {
  const failedBefore = tally.failed;
  for (const { name, run } of checks) {
    const title = `${expected.name}: ${name}`;
    try {
      pass(title, run(expected, evaluation));
    } catch (error) {
      fail(title, error.message);
    }
  }
  if (tally.failed > failedBefore) {
    console.log(indented(`the end of what promptfoo printed:\n${evaluation.log}`));
  }
}

function pass(name, detail) {
  tally.passed += 1;
  console.log(`ok    ${name}${detail ? ` - ${detail}` : ''}`);
}

function fail(name, reason) {
  tally.failed += 1;
  console.log(`FAIL  ${name}\n${indented(reason)}`);
}

function indented(text) {
  return text.trimEnd().replace(/^/gm, '      ');
}
