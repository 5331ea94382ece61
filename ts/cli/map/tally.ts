/** The counts of a run. */
export class Tally {
  /** Number of lines with a result or a failure, including those of an earlier run. */
  results = 0;
  failures = 0;
  /** Number of calls of this run, invalid lines included. */
  called = 0;
  #size: number | undefined;
  #bytes = 0;
  #calledBytes = 0;
  #start = performance.now();

  /** @param size of the input in bytes, if known */
  constructor(size: number | undefined) {
    this.#size = size;
  }

  /** Starts the clock: the workers are ready. */
  begin(): void {
    this.#start = performance.now();
  }

  /** A line of this many bytes needs no call. */
  skip(bytes: number, outcome?: 'result' | 'failure'): void {
    this.#bytes += bytes;
    this.#count(outcome);
  }

  /** The call for a line of this many bytes has an outcome. */
  settle(bytes: number, outcome: 'result' | 'failure'): void {
    this.#bytes += bytes;
    this.#calledBytes += bytes;
    this.called += 1;
    this.#count(outcome);
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** The fraction of the input that is done. */
  get part(): number | undefined {
    return this.#size ? Math.min(1, this.#bytes / this.#size) : undefined;
  }

  /** Calls per second. */
  get rate(): number | undefined {
    return this.called > 0 ? this.called / this.seconds : undefined;
  }

  /** Estimated from the size of the lines called so far. */
  get secondsLeft(): number | undefined {
    if (!this.#size || this.#calledBytes === 0) {
      return undefined;
    }
    return (Math.max(0, this.#size - this.#bytes) * this.seconds) / this.#calledBytes;
  }

  #count(outcome: 'result' | 'failure' | undefined): void {
    if (outcome === 'result') {
      this.results += 1;
    } else if (outcome === 'failure') {
      this.failures += 1;
    }
  }
}
