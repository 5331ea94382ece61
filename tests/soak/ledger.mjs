/**
 * Every call has a number here, and at the end one outcome.
 *
 * Two bytes for each call and no more, or the ledger itself would be the leak that is looked for.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { Bytes } from './bytes.mjs';
import { OUTCOMES } from './outcomes.mjs';

const OPEN = 0;
const NAMES = ['open', ...Object.keys(OUTCOMES), 'wrong'];
const NOTE_SIZE = 8;
const NOTES_AT_ONCE = 8_192;

export class Ledger {
  #length = 0;
  #kinds = [];
  #kindOf = new Bytes();
  #outcomeOf = new Bytes();
  #onSettled;
  /** What is wrong, as `{ number, kind, fault }`. */
  faults = [];

  /** @param {() => void} onSettled called for each outcome */
  constructor(onSettled) {
    this.#onSettled = onSettled;
  }

  /** The number of a new call. */
  open(kind) {
    if (!this.#kinds.includes(kind)) {
      this.#kinds.push(kind);
    }
    this.#length += 1;
    this.#kindOf.set(this.#length, this.#kinds.indexOf(kind));
    this.#outcomeOf.set(this.#length, OPEN);
    return this.#length;
  }

  /** @param {string} [fault] what is wrong with the outcome */
  settle(number, outcome, fault) {
    if (this.#outcomeOf.get(number) !== OPEN) {
      this.#blame(number, `came to ${outcome} after it had come to ${this.#outcome(number)}`);
    }
    this.#outcomeOf.set(number, NAMES.indexOf(fault ? 'wrong' : outcome));
    if (fault) {
      this.#blame(number, fault);
    }
    this.#onSettled();
  }

  /** Notes it as a fault that calls are open still. */
  blameUnsettled(fault) {
    for (const number of this.unsettled()) {
      this.#blame(number, fault);
    }
  }

  /** How many calls there were. */
  get size() {
    return this.#length;
  }

  /** The numbers of the calls without an outcome. */
  unsettled() {
    return this.#numbers().filter((number) => this.#outcomeOf.get(number) === OPEN);
  }

  /** How many calls of each kind came to each outcome: `{ [kind]: { [outcome]: count } }`. */
  counts() {
    const counts = Object.fromEntries(this.#kinds.map((kind) => [kind, {}]));
    for (let number = 1; number <= this.#length; number += 1) {
      const row = counts[this.#kind(number)];
      const outcome = this.#outcome(number);
      row[outcome] = (row[outcome] ?? 0) + 1;
    }
    return counts;
  }

  /** The calls whose outcome allows another number of starts than were noted in `file`. */
  startFaults(file) {
    const { starts, strange } = this.#startsIn(file);
    const faults = strange.map((number) => ({ number, kind: 'none', fault: 'is no call of ours' }));
    for (let number = 1; number <= this.#length; number += 1) {
      const allowed = OUTCOMES[this.#outcome(number)]?.starts ?? [0, 1];
      const count = starts.get(number);
      if (!allowed.includes(count)) {
        const fault = `came to ${this.#outcome(number)}, and was started ${count} times`;
        faults.push({ number, kind: this.#kind(number), fault, starts: count });
      }
    }
    return faults;
  }

  #startsIn(file) {
    const starts = new Bytes();
    starts.set(this.#length, 0);
    const strange = [];
    for (const number of existsSync(file) ? notesIn(file) : []) {
      if (number < 1 || number > this.#length) {
        strange.push(number);
      } else {
        starts.set(number, Math.min(starts.get(number) + 1, 255));
      }
    }
    return { starts, strange };
  }

  #blame(number, fault) {
    this.faults.push({ number, kind: this.#kind(number), fault });
  }

  #numbers() {
    return Array.from({ length: this.#length }, (_, index) => index + 1);
  }

  #kind(number) {
    return this.#kinds[this.#kindOf.get(number)];
  }

  #outcome(number) {
    return NAMES[this.#outcomeOf.get(number)];
  }
}

/** The numbers that script.py noted. */
function* notesIn(path) {
  const file = openSync(path, 'r');
  const notes = Buffer.alloc(NOTES_AT_ONCE * NOTE_SIZE);
  try {
    for (let read = 1; read > 0; ) {
      read = readSync(file, notes);
      for (let at = 0; at < read; at += NOTE_SIZE) {
        yield Number(notes.readBigUInt64LE(at));
      }
    }
  } finally {
    closeSync(file);
  }
}
