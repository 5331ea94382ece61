// Named checks: each prints a line and is counted.

export class Checks {
  #counts = { passed: 0, failed: 0 };

  /** Runs a check. Returns its result, or undefined if it failed. */
  async check(name, body) {
    try {
      const value = await body();
      this.#counts.passed += 1;
      console.log(`ok    ${name}`);
      return value;
    } catch (error) {
      this.#counts.failed += 1;
      console.log(`FAIL  ${name}\n${String(error?.message ?? error).replace(/^/gm, '      ')}`);
      return undefined;
    }
  }

  get counts() {
    return { ...this.#counts };
  }
}
