/** Lines that may be ahead of the oldest one without an outcome. */
const MOST_AHEAD = 4096;
/** Characters of theirs that are held. */
const MOST_HELD = 64 * 1024 * 1024;

/** Puts outcomes into the order in which their calls were made, and bounds what waits for that. */
export class Order {
  #emit: (text: string) => void;
  #ordered: boolean;
  #opened = 0;
  #next = 0;
  #held = new Map<number, string>();
  #size = 0;

  /** @param ordered without it, outcomes go on as they come */
  constructor(emit: (text: string) => void, ordered: boolean) {
    this.#emit = emit;
    this.#ordered = ordered;
  }

  /** Whether one more call may be made. */
  get hasRoom(): boolean {
    return !this.#ordered || (this.#opened - this.#next < MOST_AHEAD && this.#size < MOST_HELD);
  }

  /** A place in the order. */
  open(): number {
    return this.#opened++;
  }

  /** Fills a place; without a text, nothing comes there. */
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

  /** Lets go of all that is held, and of what comes from now on: there are gaps that stay. */
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
