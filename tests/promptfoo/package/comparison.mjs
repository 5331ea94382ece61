/** Compares an evaluation whose functions run on this package with the same one by promptfoo's own runner. */
import assert from 'node:assert/strict';
import { resultsOf } from '../checks.mjs';

/** In place of a reference to a function of `checks.py`. */
export const ASSERTION = 'package:python-worker-pool:pythonAssert';

/** Each expects `own`, the evaluation by promptfoo's own runner, and the number of `processes`. */
export const COMPARISON = [
  { name: "the results equal those of promptfoo's own runner", run: equal },
  { name: 'one process per script', run: started },
  { name: 'no process is left', run: ended },
];

function equal({ own }, evaluation) {
  const [ours, theirs] = [evaluation, own].map(outcomes);
  assert.ok(ours.length > 0, evaluation.log);
  assert.deepEqual(ours, theirs);
  assert.deepEqual(evaluation.notes, own.notes);
  return `${ours.length} results`;
}

function started({ own, processes }, { pids }) {
  assert.equal(pids.length, processes);
  return `${pids.length}; ${own.pids.length} of promptfoo's own`;
}

function ended(_, { survivors }) {
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

function graded({ pass, score, namedScores, metadata, reason: text }) {
  return { pass, score, namedScores, metadata, reason: reason(text) };
}

/** Only the message of an exception: the frames of the runner differ, and each says differently that it failed. */
function reason(text) {
  const raised = /ValueError: .*/.exec(text ?? '');
  return raised ? raised[0] : text?.split('\n')[0].replace('Python script ', '');
}
