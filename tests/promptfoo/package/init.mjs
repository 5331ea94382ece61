/**
 * `python-worker-pool promptfoo init`: a configuration with Python in every place gives the same results when its lines
 * have been replaced as the command says.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { COMPARISON } from './comparison.mjs';

const LIMIT_MS = 180_000;
/** One for the functions, two models, and the grader of each of two gradings: promptfoo makes one anew. */
const PROCESSES = 5;
const CONFIG = 'cases/init/everything.yaml';

export const INIT = {
  name: 'package-init',
  async run({ promptfoo, report, project }) {
    const own = await project.evaluate(promptfoo, CONFIG, { limit: LIMIT_MS });
    const found = init(project, '--write');
    replaceLines(project, found.changes);
    const again = init(project, '--write');
    const evaluation = await project.evaluate(promptfoo, CONFIG, { limit: LIMIT_MS });
    const expected = { own, processes: PROCESSES, found, again };
    report.evaluation('promptfoo init', CHECKS, expected, evaluation);
  },
};

function init(project, ...flags) {
  const cli = project.path('node_modules', 'python-worker-pool', 'dist', 'cli.js');
  const args = [cli, 'promptfoo', 'init', CONFIG, '--json', ...flags];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: project.folder }));
}

function replaceLines(project, changes) {
  for (const { file, line, before, after } of changes.toReversed()) {
    const lines = readFileSync(project.path(file), 'utf8').split('\n');
    assert.deepEqual(lines.splice(line - 1, before.length, ...after), before);
    writeFileSync(project.path(file), lines.join('\n'));
  }
}

const CHECKS = [
  { name: 'one module is written for the script', run: written },
  { name: 'no Python is left', run: moved },
  ...COMPARISON,
];

function written({ found }) {
  assert.deepEqual(
    found.bridges.map(({ file, state }) => [file.replaceAll('\\', '/'), state]),
    [['cases/init/everything.cjs', 'written']],
  );
  assert.deepEqual([found.stays, found.warnings], [[], []]);
  return `${found.changes.length} changes`;
}

function moved({ again }) {
  assert.deepEqual([again.changes, again.stays, again.warnings], [[], [], []]);
}
