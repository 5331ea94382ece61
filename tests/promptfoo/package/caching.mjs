/** promptfoo's cache, over several evaluations of one configuration. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { resultsOf } from '../checks.mjs';

/**
 * One after the other, with one cache. `called` are the test cases that Python was asked, of four: the
 * same question twice, another one, and one whose answer is an error.
 */
const EVALUATIONS = [
  { name: 'the first asks Python, the same question once', called: ['bees', 'owls', 'error'] },
  { name: 'a second asks only where there was no answer', called: ['error'] },
  {
    name: 'with --no-cache all are asked',
    flags: ['--no-cache'],
    called: ['bees', 'owls', 'owls again', 'error'],
  },
  {
    name: 'without a cache in the environment all are asked',
    env: { PROMPTFOO_CACHE_ENABLED: 'false' },
    called: ['bees', 'owls', 'owls again', 'error'],
  },
  {
    name: 'no process of Python is started where all is known',
    flags: ['--filter-pattern', 'owls|bees'],
    called: [],
  },
  {
    name: 'a repetition has a cache of its own',
    flags: ['--filter-pattern', 'bees', '--repeat', '2'],
    called: ['bees', 'bees'],
  },
  {
    name: 'a repetition is known the next time',
    flags: ['--filter-pattern', 'bees', '--repeat', '2'],
    called: [],
  },
  {
    name: 'a script that has changed is asked again',
    change: (script) => appendFileSync(script, '\n# changed\n'),
    called: ['bees', 'owls', 'error'],
  },
];

export const CACHING = {
  name: 'package-cache',
  async run({ promptfoo, report, project }) {
    for (const { name, flags = [], env = {}, change, called } of EVALUATIONS) {
      change?.(project.path('cases', 'cached.py'));
      const evaluation = await project.evaluate(promptfoo, 'cases/cached.yaml', {
        // One at a time: what is asked twice at a time is answered twice.
        flags: ['--no-write', '-j', '1', ...flags],
        env: { PROMPTFOO_CACHE_PATH: project.path('cache'), ...env },
      });
      report.evaluation(`cache: ${name}`, CHECKS, called, evaluation);
    }
  },
};

const CHECKS = [
  { name: 'asked of Python', run: asked },
  { name: 'no process is left', run: ended },
];

function asked(called, evaluation) {
  const { results } = resultsOf(evaluation);
  const fresh = results.filter(({ response }) => !response.cached);
  assert.deepEqual(fresh.map(({ testCase }) => testCase.description).sort(), [...called].sort());
  for (const { response, testCase } of results) {
    assert.equal(response.output, testCase.vars.word === 'fail' ? undefined : testCase.vars.word);
  }
  assert.equal(evaluation.pids.length, called.length > 0 ? 1 : 0, 'processes of Python');
  return `${fresh.length} of ${results.length}`;
}

function ended(_, { survivors }) {
  assert.deepEqual(survivors, []);
}
