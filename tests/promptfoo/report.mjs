/** Prints a line for each check, and counts the results. */

const LOG_TAIL = 4_000;

export class Report {
  passed = 0;
  failed = 0;

  /** Runs one check, which throws when it fails and may return a short text when it passes. */
  check(name, run) {
    try {
      const detail = run();
      this.passed += 1;
      console.log(`ok    ${name}${detail ? ` - ${detail}` : ''}`);
    } catch (error) {
      this.fail(name, error.message);
    }
  }

  /** Runs all checks of one evaluation; if one fails, prints promptfoo's output too. */
  evaluation(name, checks, expected, evaluation) {
    const failedBefore = this.failed;
    for (const { name: what, run } of checks) {
      this.check(`${name}: ${what}`, () => run(expected, evaluation));
    }
    if (this.failed > failedBefore) {
      const tail = evaluation.log.slice(-LOG_TAIL);
      console.log(indented(`the end of promptfoo's output:\n${tail}`));
    }
  }

  fail(name, reason) {
    this.failed += 1;
    console.log(`FAIL  ${name}\n${indented(reason)}`);
  }

  /** Reports a check that is not run, and why. */
  skip(name, reason) {
    console.log(`--    ${name}: not run, because ${reason}`);
  }
}

function indented(text) {
  return text.trimEnd().replace(/^/gm, '      ');
}
