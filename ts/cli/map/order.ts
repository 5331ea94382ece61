/** Maximum number of lines ahead of the oldest one without an outcome. */
const MAX_AHEAD = 4096;
/** Maximum number of characters held for them. */
const MAX_HELD = 64 * 1024 * 1024;

/** Puts outcomes into the order of their calls, within a limit on the number held back. */
export class Order {
  #emit: (text: string) => void;
  #ordered: boolean;
  #opened = 0;
  #next = 0;
  #held = new Map<number, string>();
  #size = 0;

  /** @param ordered if false, outcomes are passed on as they arrive */
  constructor(emit: (text: string) => void, ordered: boolean) {
    this.#emit = emit;
    this.#ordered = ordered;
  }

  /** Whether one more call may be made. */
  get hasRoom(): boolean {
    return !this.#ordered || (this.#opened - this.#next < MAX_AHEAD && this.#size < MAX_HELD);
  }

  /** Reserves the next place. */
  open(): number {
    return this.#opened++;
  }

  /** Fills a place; without a text, it stays empty. */
  fill(place: number, text = ''): void {
    if (!this.#ordered) {
      this.#pass(text);
      return;
    }
    this.#held.set(place, text);
    this.#size += text.length;
    for (let ready = this.#take(); ready !== undefined; ready = this.#take()) {
      this.#pass(ready);
    }
  }

  /** Passes on everything that is held, and from now on each outcome as it arrives: some never come. */
  release(): void {
    this.#ordered = false;
    const held = [...this.#held].sort(([one], [other]) => one - other);
    this.#held.clear();
    for (const [, text] of held) {
      this.#pass(text);
    }
  }

  #take(): string | undefined {
    const text = this.#held.get(this.#next);
    if (text !== undefined) {
      this.#held.delete(this.#next);
      this.#size -= text.length;
      this.#next += 1;
    }
    return text;
  }

  #pass(text: string): void {
    if (text !== '') {
      this.#emit(text);
    }
  }
}
