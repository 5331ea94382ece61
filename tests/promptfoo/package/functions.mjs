/**
 * Python in every place where promptfoo runs functions: by promptfoo's own runner, which starts a process for each
 * call, and by `functions()` and `pythonAssert` of this package. The results must be equal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ASSERTION, COMPARISON } from './comparison.mjs';
import { withEchoService } from './echo-service.mjs';

/** Our own limit: promptfoo's runner starts up to 40 processes, one after the other. */
const LIMIT_MS = 180_000;

/** The configurations, and for each form the number of processes on the pool. */
const EVALUATIONS = [
  { name: 'assertions', forms: { bridge: 2, package: 2 } },
  { name: 'prompts', forms: { bridge: 5 } },
  { name: 'transforms', forms: { bridge: 2 } },
  { name: 'services', forms: { bridge: 2 } },
];

const VALUE = /value: 'file:\/\/(checks\.py)(?::(\w+))?'(?:, config: \{ (.+?) \})?/g;

/** How a configuration is written for each form. */
const FORMS = {
  /** `.py` becomes `.cjs`. */
  bridge: (text) => text.replace(/(file:\/\/\w+)\.py/g, '$1.cjs'),
  /** Assertions name the package; everything else as above. */
  package: (text) =>
    FORMS.bridge(
      text.replace(VALUE, (_, script, name, config) => {
        const keys = [`script: ${script}`, name && `function: ${name}`, config];
        return `value: '${ASSERTION}', config: { ${keys.filter(Boolean).join(', ')} }`;
      }),
    ),
};

export const FUNCTIONS = {
  name: 'package-functions',
  run: ({ promptfoo, report, project }) =>
    withEchoService(async ({ url, takeNotes }) => {
      const evaluate = async (config) => {
        const options = { limit: LIMIT_MS, env: { ECHO_URL: url } };
        const evaluation = await project.evaluate(promptfoo, config, options);
        return { ...evaluation, notes: takeNotes() };
      };
      for (const { name, forms } of EVALUATIONS) {
        const config = `cases/functions/${name}.yaml`;
        const own = await evaluate(config);
        for (const [form, processes] of Object.entries(forms)) {
          const evaluation = await evaluate(write(project, config, form));
          const expected = { own, processes };
          report.evaluation(`functions: ${name}, ${form}`, COMPARISON, expected, evaluation);
        }
      }
    }),
};

/** Writes the configuration in another form, and returns its name. */
function write(project, config, form) {
  const variant = config.replace('.yaml', `.${form}.yaml`);
  writeFileSync(project.path(variant), FORMS[form](readFileSync(project.path(config), 'utf8')));
  return variant;
}
