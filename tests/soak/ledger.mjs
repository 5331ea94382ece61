/**
 * The ledger gives every call a number and records its one outcome.
 *
 * It keeps only two bytes per call; otherwise the ledger itself would look like a leak.
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
  /** The faults found so far, as `{ number, kind, fault }`. */
  faults = [];

  /** @param {() => void} onSettled called for each outcome */
  constructor(onSettled) {
    this.#onSettled = onSettled;
  }

  /** Returns the number of a new call. */
  open(kind) {
    if (!this.#kinds.includes(kind)) {
      this.#kinds.push(kind);
    }
    this.#length += 1;
    this.#kindOf.set(this.#length, this.#kinds.indexOf(kind));
    this.#outcomeOf.set(this.#length, OPEN);
    return this.#length;
  }

  /** @param {string} [fault] a description of what is wrong with the outcome */
  settle(number, outcome, fault) {
    if (this.#outcomeOf.get(number) !== OPEN) {
      this.#blame(number, `settled as ${outcome} after it had settled as ${this.#outcome(number)}`);
    }
    this.#outcomeOf.set(number, NAMES.indexOf(fault ? 'wrong' : outcome));
    if (fault) {
      this.#blame(number, fault);
    }
    this.#onSettled();
  }

  /** Records a fault for each call that is still open. */
  blameUnsettled(fault) {
    for (const number of this.unsettled()) {
      this.#blame(number, fault);
    }
  }

  /** The number of calls so far. */
  get size() {
    return this.#length;
  }

  /** The numbers of the calls without an outcome. */
  unsettled() {
    return this.#numbers().filter((number) => this.#outcomeOf.get(number) === OPEN);
  }

  /** The number of calls of each kind with each outcome: `{ [kind]: { [outcome]: count } }`. */
  counts() {
    const counts = Object.fromEntries(this.#kinds.map((kind) => [kind, {}]));
    for (let number = 1; number <= this.#length; number += 1) {
      const row = counts[this.#kind(number)];
      const outcome = this.#outcome(number);
      row[outcome] = (row[outcome] ?? 0) + 1;
    }
    return counts;
  }

  /** The calls whose number of starts, as noted in `file`, does not match their outcome. */
  startFaults(file) {
    const { starts, strange } = this.#startsIn(file);
    const faults = strange.map((number) => ({
      number,
      kind: 'none',
      fault: 'is not a call of this soak',
    }));
    for (let number = 1; number <= this.#length; number += 1) {
      const allowed = OUTCOMES[this.#outcome(number)]?.starts ?? [0, 1];
      const count = starts.get(number);
      if (!allowed.includes(count)) {
        const fault = `settled as ${this.#outcome(number)}, but was started ${count} times`;
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

/** The numbers that script.py wrote to the file. */
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
