/**
 * Measures several entries side by side: each in a process of its own, first one round that does not
 * count, then rounds in which each has its turn, so that a slow minute of the machine hits all alike.
 */
import { isOurs } from '../peers/index.mjs';
import { Contestant } from './contestant.mjs';
import { spread } from './statistics.mjs';

/**
 * @typedef {object} Entry
 * @property {string} peer  a name of `peers/index.mjs`
 * @property {string} measure  a file of `measures/`
 * @property {object} [parameters]  for the measure
 * @property {object} [settings]  for the peer, over those of the field
 * @property {string} [series]  what it is called in the results; the peer's name if not said
 * @property {string} [group]  of the table it belongs to, where a benchmark has several
 * @property {number} [x]  where it stands in a sweep
 *
 * @typedef {{ series: string, group?: string, x?: number, answers?: object[], reason?: string, isFault?: boolean }}
 *   Outcome  `reason` in place of `answers` where it could not be measured, and `isFault` where nobody else's
 *   software explains that
 */

/**
 * @param {import('../peers/field.mjs').Field} field
 * @param {Entry[]} entries
 * @param {object} options
 * @param {number} options.rounds
 * @param {boolean} [options.isWarm]  false without the round that does not count
 * @param {number} [options.freshEvery]  how many rounds a process lives; all of them if not said
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

/** Only one at a time: there may be no more than two cores. */
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

/** The outcomes as rows of the results: one number of each answer, its middle and its spread. */
export function rows(outcomes, unit, pick = (answer) => answer) {
  return outcomes.map(({ answers, ...row }) => {
    if (row.reason) return row;
    const values = answers.map(pick);
    return { ...row, unit, values, ...spread(values) };
  });
}

/** The same rows as a table of their own. */
export function inGroup(group, list) {
  return list.map((row) => ({ ...row, group }));
}
