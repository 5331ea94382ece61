/** Failures of every kind: what promptfoo's table shows of them, and how often a broken script is imported. */
import assert from 'node:assert/strict';
import { resultsOf, rowsOf } from '../checks.mjs';

/** The table cuts texts after so many characters. */
const CELL = 250;
const CRASH = /^(Error: |Python code execution failed: )Worker crashed/;
const FAULT = `${CRASH.source} \\(signal SIGSEGV\\)\\n.*fault in compiled code`;

/** The beginning of each text. */
const FAILING = {
  'failing / raises': /^Error: Python error: ValueError: no answer\nTraceback/,
  'failing / chains': /^Error: Python error: RuntimeError: no result\nTraceback/,
  'failing / exits': new RegExp(`${CRASH.source} \\(exit code 3\\)\\n.*os\\._exit`),
  'failing / hangs': /^Error: Python worker timed out after 2000ms\n.*`config\.timeout`/,
  'failing / faults': new RegExp(FAULT),
  'failing / an assertion raises': /^Python code execution failed: Python error: ValueError: no/,
  'failing / an assertion faults': new RegExp(FAULT),
};
const BROKEN = /\nModuleNotFoundError: .*\nInstall it, .* a_module_that_nobody_has\n/;
const MISCONFIGURED = /mixed\.js\): it is not an ES module \(.*\), nor a CommonJS module/;

/** The workers of the two scripts, those after two crashes and a timeout, and those of the functions. */
const PROCESSES = { failing: 1 + 3, broken: 2, functions: 2 };

export const FAILURES = {
  name: 'package-failures',
  async run({ promptfoo, report, project }) {
    const evaluation = await project.evaluate(promptfoo, 'cases/failures/failures.yaml');
    report.evaluation('failures', CHECKS, undefined, evaluation);
  },
};

const CHECKS = [
  { name: 'what happened, and what to do, comes first', run: texts },
  { name: 'nothing of ours is shown', run: nothingOfOurs },
  { name: 'a crash is never called a timeout', run: crashes },
  { name: 'a broken script is imported once by each worker', run: imports },
  { name: 'no process is left', run: ended },
];

function texts(_, evaluation) {
  const rows = rowsOf(evaluation);
  assert.equal(rows.get('failing / succeeds').output, 'succeeds');
  for (const [name, beginning] of Object.entries(FAILING)) {
    assert.match(rows.get(name).error.slice(0, CELL), beginning, name);
  }
  for (const [name, { error }] of rows) {
    if (name.startsWith('broken / ')) {
      assert.match(error.slice(0, CELL), BROKEN, name);
    } else if (name.startsWith('misconfigured / ')) {
      assert.match(error.slice(0, CELL), MISCONFIGURED, name);
    }
  }
  return `${rows.size} test cases`;
}

function nothingOfOurs(_, evaluation) {
  for (const { error = '' } of resultsOf(evaluation).results) {
    assert.doesNotMatch(error, /_python_worker_pool|node_modules|node:internal|\n {4}at /);
  }
}

function crashes(_, evaluation) {
  const crashed = [...rowsOf(evaluation).values()].filter(({ error }) => CRASH.test(error));
  assert.equal(crashed.length, 3);
  for (const { error } of crashed) {
    assert.doesNotMatch(error, /timed? ?out/);
  }
}

function imports(_, { pids }) {
  const most = Object.values(PROCESSES).reduce((sum, count) => sum + count);
  // promptfoo looks for an interpreter, too.
  assert.ok(pids.length <= most, `${pids.length} processes, more than ${most}`);
  return `${pids.length} processes`;
}

function ended(_, { survivors }) {
  assert.deepEqual(survivors, []);
}
