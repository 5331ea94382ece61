/**
 * The assertions about an evaluation. A check throws when it fails. When it passes, it may return a
 * short text to print.
 */
import assert from 'node:assert/strict';

/** promptfoo's exit code when a test case failed. */
const SOME_FAILED = 100;
/** The meaning of promptfoo's `failureReason` of a result. */
const VERDICTS = ['passed', 'failed', 'error'];

/** The checks of a case on our pool, the most informative first. */
const OUR_CHECKS = [
  { name: 'promptfoo exits on its own and writes its results', run: ended },
  { name: 'every test case has the expected outcome', run: outcomes },
  { name: 'statistics and exit code match the outcomes', run: statistics },
  { name: 'our class served every call exactly once', run: pools, needs: 'pools' },
  { name: 'the calls were spread over the workers', run: counts, needs: 'counted' },
  { name: 'no process is left', run: processes },
];

/** The checks that apply to this case. */
export function ourChecks(expected) {
  return OUR_CHECKS.filter(({ needs }) => needs === undefined || expected[needs] !== undefined);
}

function ended(_expected, evaluation) {
  assert.ok(!evaluation.timedOut, `promptfoo hung and was killed ${after(evaluation)}`);
  resultsOf(evaluation);
  return `${evaluation.seconds.toFixed(1)} s`;
}

function outcomes(expected, evaluation) {
  const rows = rowsOf(evaluation);
  assert.deepEqual([...rows.keys()].sort(), Object.keys(expected.rows).sort());
  for (const [name, { output, failure, error }] of Object.entries(expected.rows)) {
    const row = rows.get(name);
    const verdict = (error && 'error') || (failure && 'failed') || 'passed';
    assert.equal(
      row.verdict,
      verdict,
      `${name}: the verdict is '${row.verdict}', not '${verdict}'\n${row.error}`,
    );
    assert.deepEqual(row.output, output, `${name}: the output is ${JSON.stringify(row.output)}`);
    assertStart(row.error ?? '', error ?? failure ?? '', name);
  }
  return `${rows.size} test cases`;
}

function assertStart(actual, start, name) {
  const starts = start === '' ? actual === '' : actual.startsWith(start);
  const [wanted, got] = [start, actual].map((text) => JSON.stringify(text));
  assert.ok(
    starts,
    `${name}: the error does not start as expected\nexpected: ${wanted}\nactual:   ${got}`,
  );
}

function statistics(expected, evaluation) {
  const rows = Object.values(expected.rows);
  const errors = rows.filter(({ error }) => error).length;
  const failures = rows.filter(({ failure }) => failure).length;
  const wanted = { successes: rows.length - failures - errors, failures, errors };
  const { stats } = resultsOf(evaluation);
  const actual = { successes: stats.successes, failures: stats.failures, errors: stats.errors };
  assert.deepEqual(actual, wanted);
  assert.equal(evaluation.exitCode, failures + errors > 0 ? SOME_FAILED : 0);
  return `${wanted.successes} passed, ${failures} failed, ${errors} errors, exit code ${evaluation.exitCode}`;
}

function pools(expected, evaluation) {
  const made = evaluation.pools.toSorted(byScriptAndSize);
  const wanted = expected.pools.map((pool) => ({ ...pool, settled: pool.calls, shutDown: true }));
  assert.deepEqual(made, wanted.toSorted(byScriptAndSize));
  return made.map(({ script, workers, calls }) => `${script} x${workers}: ${calls}`).join(', ');
}

function byScriptAndSize(one, other) {
  return (
    one.script.localeCompare(other.script) || one.workers - other.workers || one.calls - other.calls
  );
}

function counts(expected, evaluation) {
  const rows = [...rowsOf(evaluation)];
  for (const [label, wanted] of Object.entries(expected.counted)) {
    const notes = rows
      .filter(([name]) => name.startsWith(`${label} / `))
      .map(([, { metadata }]) => metadata);
    const seen = {
      processes: new Set(notes.map(({ pid }) => pid)).size,
      counts: notes.map(({ count }) => count).sort(),
    };
    assert.deepEqual(
      seen,
      wanted,
      `${label}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`,
    );
  }
}

function processes(expected, { pids, survivors }) {
  const started = expected.workers ?? expected.pools.reduce((sum, { workers }) => sum + workers, 0);
  // Without this check, the absence of processes would prove nothing.
  assert.ok(
    pids.length >= started,
    `${pids.length} workers recorded their pid, but ${started} were expected`,
  );
  assert.deepEqual(survivors, []);
  return `${pids.length} workers are gone`;
}

/**
 * Compares the outcomes on our pool with those on promptfoo's own pool.
 *
 * If promptfoo's pool is known to lose calls, the difference is reported but not asserted.
 */
export function compareWithOwn(expected, our, own) {
  assert.deepEqual(own.pools, [], "our pool was used in the evaluation with promptfoo's own pool");
  const difference = differenceOf(our, own);
  const left = own.survivors.length > 0 ? `; it left ${own.survivors.length} processes` : '';
  if (!expected.ownDiffers) {
    assert.ok(difference === undefined, difference);
  }
  return difference === undefined
    ? `the same, ${own.seconds.toFixed(1)} s${left}`
    : `not the same (known: ${expected.ownDiffers}): ${difference}${left}`;
}

/** Describes the difference; undefined if there is none. */
function differenceOf(our, own) {
  if (own.timedOut) {
    return `it hung and was killed ${after(own)}`;
  }
  if (!own.results) {
    return `it exited ${after(own)} without results, with exit code ${own.exitCode}`;
  }
  const ourRows = rowsOf(our);
  const different = [...rowsOf(own)].filter(
    ([name, row]) => !isSameOutcome(ourRows.get(name), row),
  );
  if (different.length > 0) {
    return different
      .map(([name, { error, output }]) => `'${name}' ended with '${firstLine(error) || output}'`)
      .join(', ');
  }
  return own.exitCode === our.exitCode ? undefined : `its exit code is ${own.exitCode}`;
}

/**
 * Compares only the start of an error's first line: tracebacks differ in the frames of the worker's own
 * code, and our messages may have more detail at their end (`Worker crashed (exit code 3)`). They have the type of an
 * exception in front of its text; promptfoo's pool has it in the traceback only.
 */
function isSameOutcome(our, own) {
  return (
    our !== undefined &&
    our.verdict === own.verdict &&
    our.output === own.output &&
    withoutType(firstLine(our.error)).startsWith(firstLine(own.error))
  );
}

/** promptfoo's results by `<provider label> / <description>`, because their own order is that of completion. */
export function rowsOf(evaluation) {
  return new Map(
    resultsOf(evaluation).results.map(({ provider, testCase, response, failureReason, error }) => [
      `${provider.label} / ${testCase.description}`,
      {
        verdict: VERDICTS[failureReason],
        output: response?.output,
        metadata: response?.metadata,
        error,
      },
    ]),
  );
}

export function resultsOf({ results, exitCode }) {
  assert.ok(results, `promptfoo wrote no results (exit code ${exitCode})`);
  return results;
}

function withoutType(line) {
  return line.replace(/^(Error: Python error: )[\w.]+: /, '$1');
}

function firstLine(text) {
  return text?.split('\n', 1)[0] ?? '';
}

function after({ seconds }) {
  return `after ${seconds.toFixed(1)} s`;
}
