/**
 * The course of the soak: three legs, each with its own pool under load and chaos, and each followed
 * by a rest in which the level is measured. The first leg warms up and gives the baseline; the other
 * two show the trend of a leak.
 */
import { Chaos } from './chaos.mjs';
import { keepCrowded } from './crowd.mjs';
import { levelAtRest } from './level.mjs';
import { keepBusy } from './load.mjs';
import { closePool, makePool } from './pools.mjs';
import { randomOf } from './random.mjs';
import { keepVisiting } from './visits.mjs';

/** Their shares of the whole time. */
const LEGS = { 'warm-up': 0.2, 'first leg': 0.4, 'second leg': 0.4 };
/** The limit for calls that are open at the end of a leg; usually they need a tenth of it. */
const DRAIN_LIMIT_MS = 90_000;

/**
 * @typedef {object} Soak
 * @property {{ minutes: number, seed: number, workers: number }} options
 * @property {string} directory  the soak's own directory
 * @property {string} temporary  the temporary directory of this process and of the workers
 * @property {import('./ledger.mjs').Ledger} ledger
 * @property {import('./timeline.mjs').Timeline} timeline
 * @property {{ visits: number, notOpened: number, slowestShutdown: number }} tally
 */

/**
 * @param {Soak} soak
 * @returns {Promise<import('./level.mjs').Level[]>}  after each leg
 */
export async function runLegs(soak) {
  const levels = [];
  for (const [index, [name, part]] of Object.entries(LEGS).entries()) {
    soak.timeline.mark(name);
    await runLeg(soak, soak.options.seed + index, part * soak.options.minutes * 60_000);
    soak.timeline.mark('rest');
    levels.push(await levelAtRest(soak, levels[0]));
  }
  return levels;
}

async function runLeg(soak, seed, duration) {
  const { options, timeline } = soak;
  const { workers } = options;
  const end = performance.now() + duration;
  const leg = {
    ...soak,
    workers,
    random: randomOf(seed),
    isOver: () => performance.now() >= end,
  };
  leg.pool = makePool(soak, { workers, logger: { debug: restartCounter(timeline) } });
  await leg.pool.initialize();
  const chaos = new Chaos(seed, (strike) => timeline.count(strike));
  try {
    await within(duration + DRAIN_LIMIT_MS, soak, [
      keepBusy(leg),
      keepCrowded(leg),
      keepVisiting(leg),
    ]);
  } finally {
    await closePool(leg.pool, soak.tally);
    await chaos.end();
  }
}

/** Counts the workers that became ready, except for the first one in each slot. */
function restartCounter(timeline) {
  const seen = new Set();
  return (message, { worker }) => {
    if (message.includes(': ready after ')) {
      if (seen.has(worker)) {
        timeline.count('restart');
      }
      seen.add(worker);
    }
  };
}

/** Above all, the soak looks for calls that never settle, so it must not wait for them forever. */
async function within(limit, { ledger }, work) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => {
      ledger.blameUnsettled(`had no outcome ${DRAIN_LIMIT_MS / 1_000} s after the end of its leg`);
      resolve();
    }, limit);
  });
  await Promise.race([Promise.all(work), late]);
  clearTimeout(timer);
}
