/**
 * Measures several entries side by side, each in its own process. After one warm-up round, every entry
 * takes its turn in each round, so that a slow minute of the machine affects all of them alike.
 */
import { isOurs } from '../peers/index.mjs';
import { Contestant } from './contestant.mjs';
import { spread } from './statistics.mjs';

/**
 * @typedef {object} Entry
 * @property {string} peer  a name in `peers/index.mjs`
 * @property {string} measure  a file in `measures/`
 * @property {object} [parameters]  for the measure
 * @property {object} [settings]  for the peer; they override those of the field
 * @property {string} [series]  its name in the results; defaults to the name of the peer
 * @property {string} [group]  the table it belongs to, if a benchmark has several
 * @property {number} [x]  its position in a sweep
 *
 * @typedef {{ series: string, group?: string, x?: number, answers?: object[], reason?: string, isFault?: boolean }}
 *   Outcome  `reason` in place of `answers` if it could not be measured; `isFault` if that is the fault of
 *   this repository
 */

/**
 * @param {import('../peers/field.mjs').Field} field
 * @param {Entry[]} entries
 * @param {object} options
 * @param {number} options.rounds
 * @param {boolean} [options.isWarm]  false to skip the warm-up round
 * @param {number} [options.freshEvery]  the number of rounds after which processes are replaced; never by default
 * @returns {Promise<Outcome[]>}
 */
export async function compete(field, entries, { rounds, isWarm = true, freshEvery = rounds }) {
  const runners = entries.map((entry) => new Runner(field, entry));
  try {
    if (isWarm) await turns(runners, () => {});
    for (let round = 0; round < rounds; round += 1) {
      await turns(runners, (runner, answer) => runner.answers.push(answer));
      if ((round + 1) % freshEvery === 0) await close(runners);
    }
  } finally {
    await close(runners);
  }
  return runners.map((runner) => runner.outcome());
}

/** Runs only one at a time, because the machine may have only two cores. */
async function turns(runners, keep) {
  for (const runner of runners) {
    if (runner.reason) continue;
    try {
      keep(runner, await runner.turn());
    } catch (error) {
      runner.fail(error);
    }
  }
}

function close(runners) {
  return Promise.all(runners.map((runner) => runner.close()));
}

class Runner {
  answers = [];
  reason;
  #isFault;
  #entry;
  #contestant;

  constructor(field, entry) {
    const peer = field.peer(entry.peer);
    this.#entry = entry;
    this.reason = peer.reason;
    this.#contestant = new Contestant({
      ...peer,
      settings: { ...field.settings, ...entry.settings },
    });
  }

  turn() {
    return this.#contestant.measure(this.#entry.measure, this.#entry.parameters);
  }

  fail({ message }) {
    this.reason = message;
    this.#isFault = isOurs(this.#entry.peer);
  }

  close() {
    return this.#contestant.close();
  }

  outcome() {
    const { peer, series = peer, group, x } = this.#entry;
    const place = { series, group, x };
    return this.reason
      ? { ...place, reason: this.reason, isFault: this.#isFault }
      : { ...place, answers: this.answers };
  }
}

/** The outcomes as rows of the results: one number from each answer, with median and quartiles. */
export function rows(outcomes, unit, pick = (answer) => answer) {
  return outcomes.map(({ answers, ...row }) => {
    if (row.reason) return row;
    const values = answers.map(pick);
    return { ...row, unit, values, ...spread(values) };
  });
}

/** The same rows, in a table of their own. */
export function inGroup(group, list) {
  return list.map((row) => ({ ...row, group }));
}
