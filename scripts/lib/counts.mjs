// Reads from the output of each runner how many tests passed and failed. A run that fails without a
// failed test counts as one failure. So does a run without any test, because it proves nothing, except
// with `mayBeNone`: for runners that get the name of a test that another runner may have.

const LINE = /^(\d+) passed, (\d+) failed$/gm;
const CARGO = /^test result: \w+\. (\d+) passed; (\d+) failed/gm;

export const formatCounts = ({ passed, failed }) => `${passed} passed, ${failed} failed`;

export function sumCounts(all) {
  return all.reduce(
    (sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }),
    { passed: 0, failed: 0 },
  );
}

/** Our own runners: the last line of the form `N passed, N failed`. */
export function countsOfLine({ code, output }, options) {
  const last = [...output.matchAll(LINE)].at(-1);
  return settled(code, last ? counts(last[1], last[2]) : counts(0, 0), options);
}

/** `cargo test`: one result line for each test binary. */
export function countsOfCargo({ code, output }, options) {
  return settled(
    code,
    sumCounts([...output.matchAll(CARGO)].map(([, passed, failed]) => counts(passed, failed))),
    options,
  );
}

/** Jest: its `--json` report, or nothing if it failed earlier. */
export function countsOfJest(code, report, options) {
  return settled(
    code,
    counts(
      report?.numPassedTests ?? 0,
      (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0),
    ),
    options,
  );
}

function counts(passed, failed) {
  return { passed: Number(passed), failed: Number(failed) };
}

function settled(code, { passed, failed }, { mayBeNone = false } = {}) {
  const isProof = code === 0 ? passed > 0 || mayBeNone : failed > 0;
  return isProof || failed > 0 ? { passed, failed } : { passed, failed: 1 };
}
