// A list of named checks, each a line in the log and one in the count.

export class Checks {
  #counts = { passed: 0, failed: 0 };

  /** Runs one check. Returns what it returned, or undefined when it failed. */
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
