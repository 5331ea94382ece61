/**
 * The configurations of cases/ with our pool in the place of promptfoo's own, and with promptfoo's own:
 * both have to come to the same.
 */
import { fileURLToPath } from 'node:url';
import { compareWithOwn, ourChecks } from './checks.mjs';
import { evaluate } from './evaluate.mjs';
import { CASES } from './expected.mjs';

export const TOPICS = CASES.map((expected) => ({
  name: expected.name,
  run: (setting) => examine(setting, expected),
}));

/** First on our pool, then on promptfoo's own: both at once would only disturb each other's clocks. */
async function examine({ promptfoo, report }, expected) {
  const { name } = expected;
  const config = fileURLToPath(new URL(`cases/${name}.yaml`, import.meta.url));
  const our = await evaluate(promptfoo, 'our', config);
  report.evaluation(name, ourChecks(expected), expected, our);

  const own = await evaluate(promptfoo, 'own', config);
  const run = () => compareWithOwn(expected, our, own);
  report.evaluation(name, [{ name: "compared with promptfoo's own pool", run }], expected, own);
}
