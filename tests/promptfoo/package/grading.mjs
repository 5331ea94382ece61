/** Python scripts as graders: embeddings, classifications, and a Python file in an assertion. */
import { ourChecks } from '../checks.mjs';

const EXPECTED = {
  workers: 5,
  rows: {
    'answer / similar': { output: 'echo: the listening owl' },
    'answer / not similar': { output: 'echo: zzzz zzzz', failure: 'Similarity 0.' },
    'answer / positive': { output: 'echo: a lovely sunny day' },
    'answer / not positive': {
      output: 'echo: rain again',
      failure: 'Classification positive has score 0.20',
    },
    'answer / short': { output: 'echo: owl' },
    'answer / not short': { output: 'echo: a very long answer', failure: 'has 24 letters' },
  },
};

export const GRADING = {
  name: 'package-grading',
  async run({ promptfoo, report, project }) {
    const evaluation = await project.evaluate(promptfoo, 'cases/grading.yaml');
    report.evaluation('grading with package providers', ourChecks(EXPECTED), EXPECTED, evaluation);
  },
};
