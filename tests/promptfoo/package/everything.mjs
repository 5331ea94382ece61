/** The example that has Python everywhere, and the same evaluation by promptfoo's own runner, as it was before. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { rowsOf } from '../checks.mjs';
import { COMPARISON } from './comparison.mjs';
import { startServices } from './services.mjs';

const FOLDER = 'examples/all-in-python';
/** Our own limit: promptfoo's runner starts over a hundred processes, one after the other. */
const LIMIT_MS = 240_000;

/** One for each script; `assistant.py` is a provider's, and has functions. */
const PROCESSES = 9;

/** What a configuration says without this package. */
const BEFORE = [
  [/(file:\/\/\w+)\.cjs/g, '$1.py'],
  [
    /id: package:\S+:PythonProvider((?:\n +label: .+)?\n +config:)\n +script: (\S+)/g,
    'id: file://$2$1',
  ],
  [/id: package:\S+:PythonProvider\n +config: \{ script: (\S+) \}/g, 'id: file://$1'],
  [/package:\S+:pythonAssert(\n +config: \{) script: (\S+), function: (\S+),/g, 'file://$2:$3$1'],
];

export const EVERYTHING = {
  name: 'example-all-in-python',
  run: async ({ promptfoo, report, project }) => {
    const services = await startServices();
    const evaluate = (config) =>
      project.evaluate(promptfoo, config, { limit: LIMIT_MS, env: services.env });
    try {
      const own = await evaluate(writeBefore(project));
      const evaluation = await evaluate(`${FOLDER}/promptfooconfig.yaml`);
      const checks = [PASSED, ...COMPARISON];
      report.evaluation('example all-in-python', checks, { own, processes: PROCESSES }, evaluation);
    } finally {
      services.close();
    }
  },
};

function writeBefore(project) {
  const now = readFileSync(project.path(FOLDER, 'promptfooconfig.yaml'), 'utf8');
  const before = BEFORE.reduce((text, [from, to]) => {
    assert.match(text, from);
    return text.replace(from, to);
  }, now);
  assert.doesNotMatch(before, /package:/);
  const config = `${FOLDER}/before.yaml`;
  writeFileSync(project.path(config), before);
  return config;
}

const PASSED = {
  name: 'every test case passes',
  run: (_, evaluation) => {
    const rows = [...rowsOf(evaluation).values()];
    assert.deepEqual(
      rows.filter(({ verdict }) => verdict !== 'passed'),
      [],
    );
    return `${evaluation.seconds.toFixed(1)} s`;
  },
};
