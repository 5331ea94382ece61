/** `-j` and `--repeat`. */
import assert from 'node:assert/strict';
import { resultsOf } from '../checks.mjs';

const RUNS = [
  {
    name: '-j 20 starts 20 workers, and --repeat 20 keeps each busy',
    config: 'cases/meeting.yaml',
    flags: ['-j', '20', '--repeat', '20'],
    // Each call waits until all workers are in a call.
    expected: { processes: 20, counts: Array(20).fill(1) },
  },
  {
    name: '--repeat 3 makes three calls on the only worker',
    config: 'cases/counting.yaml',
    flags: ['-j', '8', '--repeat', '3'],
    expected: { processes: 1, counts: [1, 2, 3] },
  },
];

export const CONCURRENCY = {
  name: 'package-concurrency',
  async run({ promptfoo, report, project }) {
    for (const { name, config, flags, expected } of RUNS) {
      const options = { flags: ['--no-cache', '--no-write', ...flags] };
      const evaluation = await project.evaluate(promptfoo, config, options);
      report.evaluation(name, CHECKS, expected, evaluation);
    }
  },
};

const CHECKS = [
  { name: 'the calls are spread over the workers', run: spread },
  { name: 'no process is left', run: ended },
];

function spread(expected, evaluation) {
  const { results, stats } = resultsOf(evaluation);
  assert.equal(stats.errors + stats.failures, 0, results.find(({ error }) => error)?.error);
  const notes = results.map(({ response }) => response.metadata);
  assert.deepEqual(
    {
      processes: new Set(notes.map(({ pid }) => pid)).size,
      counts: notes.map(({ count }) => count).sort((one, other) => one - other),
    },
    expected,
  );
}

function ended({ processes }, { exitCode, pids, survivors }) {
  assert.equal(exitCode, 0);
  assert.equal(pids.length, processes);
  assert.deepEqual(survivors, []);
}
