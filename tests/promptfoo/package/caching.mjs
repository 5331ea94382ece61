/** promptfoo's cache, across several evaluations of one configuration. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { resultsOf } from '../checks.mjs';

/**
 * Evaluations that share a cache, one after the other. `called` lists the test cases that reached Python,
 * out of four: the same question twice, another question, and one whose answer is an error.
 */
const EVALUATIONS = [
  {
    name: 'the first evaluation asks Python, and asks the same question once',
    called: ['bees', 'owls', 'error'],
  },
  { name: 'a second evaluation asks only what had no answer', called: ['error'] },
  {
    name: 'with --no-cache, all questions are asked',
    flags: ['--no-cache'],
    called: ['bees', 'owls', 'owls again', 'error'],
  },
  {
    name: 'with the cache off in the environment, all questions are asked',
    env: { PROMPTFOO_CACHE_ENABLED: 'false' },
    called: ['bees', 'owls', 'owls again', 'error'],
  },
  {
    name: 'no Python process starts if all answers are cached',
    flags: ['--filter-pattern', 'owls|bees'],
    called: [],
  },
  {
    name: 'a repetition has its own cache',
    flags: ['--filter-pattern', 'bees', '--repeat', '2'],
    called: ['bees', 'bees'],
  },
  {
    name: 'a repetition is cached the next time',
    flags: ['--filter-pattern', 'bees', '--repeat', '2'],
    called: [],
  },
  {
    name: 'a changed script is asked again',
    change: 'cached.py',
    called: ['bees', 'owls', 'error'],
  },
  {
    name: 'a script whose module has changed is asked again',
    change: 'cached_answers.py',
    called: ['bees', 'owls', 'error'],
  },
  {
    name: 'no Python process starts if all answers are cached, those of the module too',
    flags: ['--filter-pattern', 'owls|bees'],
    called: [],
  },
];

export const CACHING = {
  name: 'package-cache',
  async run({ promptfoo, report, project }) {
    for (const { name, flags = [], env = {}, change, called } of EVALUATIONS) {
      if (change) {
        appendFileSync(project.path('cases', change), '\n# changed\n');
      }
      const evaluation = await project.evaluate(promptfoo, 'cases/cached.yaml', {
        // One at a time: a question that is asked twice concurrently is answered twice.
        flags: ['--no-write', '-j', '1', ...flags],
        env: {
          PROMPTFOO_CACHE_PATH: project.path('cache'),
          // With this variable there is no `.pyc`, which could hide a change.
          PYTHONDONTWRITEBYTECODE: '',
          ...env,
        },
      });
      report.evaluation(`cache: ${name}`, CHECKS, called, evaluation);
    }
  },
};

const CHECKS = [
  { name: 'the expected questions reach Python', run: asked },
  { name: 'the number of cached results is told once', run: counted },
  { name: 'no process is left', run: ended },
];

function asked(called, evaluation) {
  const { results } = resultsOf(evaluation);
  const fresh = results.filter(({ response }) => !response.cached);
  assert.deepEqual(fresh.map(({ testCase }) => testCase.description).sort(), [...called].sort());
  for (const { response, testCase } of results) {
    assert.equal(response.output, testCase.vars.word === 'fail' ? undefined : testCase.vars.word);
  }
  assert.equal(evaluation.pids.length, called.length > 0 ? 1 : 0, 'number of Python processes');
  return `${fresh.length} of ${results.length}`;
}

function counted(_, evaluation) {
  const { results } = resultsOf(evaluation);
  const cached = results.filter(({ response }) => response.cached).length;
  const told = evaluation.log.match(/\S* \d+ of \d+ results from the cache/g) ?? [];
  const expected = `python:cached.py:default: ${cached} of ${results.length} results from the cache`;
  assert.deepEqual(told, cached > 0 ? [expected] : []);
  return told[0];
}

function ended(_, { survivors }) {
  assert.deepEqual(survivors, []);
}
