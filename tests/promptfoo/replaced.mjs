/**
 * Evaluates the configurations in cases/ twice, with our pool in place of promptfoo's and with promptfoo's
 * own pool: both must give the same results.
 */
import { fileURLToPath } from 'node:url';
import { compareWithOwn, ourChecks } from './checks.mjs';
import { evaluate } from './evaluate.mjs';
import { CASES } from './expected.mjs';

export const TOPICS = CASES.map((expected) => ({
  name: expected.name,
  run: (setting) => examine(setting, expected),
}));

/** Runs first on our pool, then on promptfoo's own: at the same time they would affect each other's timing. */
async function examine({ promptfoo, report }, expected) {
  const { name } = expected;
  const config = fileURLToPath(new URL(`cases/${name}.yaml`, import.meta.url));
  const our = await evaluate(promptfoo, 'our', config);
  report.evaluation(name, ourChecks(expected), expected, our);

  const own = await evaluate(promptfoo, 'own', config);
  const run = () => compareWithOwn(expected, our, own);
  report.evaluation(name, [{ name: "compared with promptfoo's own pool", run }], expected, own);
}
