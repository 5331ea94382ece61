/**
 * Python in every place where promptfoo runs functions: by promptfoo's own runner, which starts a process for each
 * call, and by `functions()` and `pythonAssert` of this package. The results must be equal.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { resultsOf } from '../checks.mjs';
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

const ASSERTION = 'package:python-worker-pool:pythonAssert';
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
    withEchoService(async (url) => {
      const options = { limit: LIMIT_MS, env: { ECHO_URL: url } };
      for (const { name, forms } of EVALUATIONS) {
        const config = `cases/functions/${name}.yaml`;
        const own = await project.evaluate(promptfoo, config, options);
        for (const [form, processes] of Object.entries(forms)) {
          const variant = write(project, config, form);
          const evaluation = await project.evaluate(promptfoo, variant, options);
          const expected = { own, processes };
          report.evaluation(`functions: ${name}, ${form}`, CHECKS, expected, evaluation);
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

const CHECKS = [
  { name: "the results equal those of promptfoo's own runner", run: equal },
  { name: 'one process per script', run: started },
  { name: 'no process is left', run: ended },
];

export function equal({ own }, evaluation) {
  const [ours, theirs] = [evaluation, own].map(outcomes);
  assert.deepEqual(ours, theirs);
  return `${ours.length} results`;
}

function started({ own, processes }, { pids }) {
  assert.equal(pids.length, processes);
  return `${pids.length}; ${own.pids.length} of promptfoo's own`;
}

export function ended(_, { survivors }) {
  assert.deepEqual(survivors, []);
}

/** What an evaluation has found out, in the order of the test cases and in the words of promptfoo's own runner. */
function outcomes(evaluation) {
  const { results, prompts } = resultsOf(evaluation);
  const rows = results
    .toSorted((one, other) => one.testIdx - other.testIdx || one.promptIdx - other.promptIdx)
    .map((result) => ({
      provider: result.provider.label,
      prompt: { raw: result.prompt.raw, label: result.prompt.label },
      description: result.testCase.description,
      vars: result.vars,
      output: result.response?.output,
      success: result.success,
      score: result.score,
      namedScores: result.namedScores,
      metadata: result.metadata,
      error: reason(result.error),
      assertions: (result.gradingResult?.componentResults ?? []).map(graded),
    }));
  return JSON.parse(
    JSON.stringify([...rows, ...prompts.map(({ raw, label }) => ({ raw, label }))])
      .replaceAll('.cjs', '.py')
      .replaceAll(ASSERTION, 'file://checks.py'),
  );
}

function graded({ pass, score, namedScores, reason: text }) {
  return { pass, score, namedScores, reason: reason(text) };
}

/** Only the message of an exception: the frames of the runner differ, and each says differently that it failed. */
function reason(text) {
  const raised = /ValueError: .*/.exec(text ?? '');
  return raised ? raised[0] : text?.split('\n')[0].replace('Python script ', '');
}
