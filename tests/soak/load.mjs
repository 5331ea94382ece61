/** The load: many lanes, each of which makes one call after another, or a burst of short calls. */
import { KINDS } from './kinds.mjs';
import { faultOf, outcomeOf } from './outcomes.mjs';
import { pick } from './random.mjs';

const LANES_PER_WORKER = 6;
const BURST_CHANCE = 0.04;
const MAX_BURST = 1_000;
const BLOCK_CHANCE = 0.001;
const MAX_BLOCK_MS = 200;

/**
 * Keeps a pool busy until `isOver()`; resolves when each call has its outcome.
 *
 * @param {{ pool: object, workers: number, ledger: object, random: () => number,
 *   isOver: () => boolean, kinds?: typeof KINDS, lanes?: number, isMany?: boolean }} load
 */
export async function keepBusy({ kinds = KINDS, lanes, ...load }) {
  const length = lanes ?? load.workers * LANES_PER_WORKER;
  await Promise.all(Array.from({ length }, () => lane({ ...load, kinds })));
}

async function lane(load) {
  const { random, isOver, kinds } = load;
  while (!isOver()) {
    if (random() < BLOCK_CHANCE) {
      blockThread(random() * MAX_BLOCK_MS);
    }
    if (random() < BURST_CHANCE) {
      const length = Math.ceil(random() * MAX_BURST);
      const kind = pick(
        random,
        kinds.filter(({ isShort }) => isShort),
      );
      await Promise.all(Array.from({ length }, () => perform(load, kind)));
    } else {
      await perform(load, pick(random, kinds));
    }
  }
}

/** Makes one call and records its outcome in the ledger. */
async function perform({ pool, ledger, random, isMany }, { kind, make }) {
  const number = ledger.open(kind);
  const plan = make(number, random);
  const settled = await outcomeOf(submit(pool, plan), isMany || plan.isBatched);
  ledger.settle(number, settled.outcome, faultOf(plan.right, settled));
}

async function submit(pool, { name, args, timeout, abortAfter, isStream, leaveAfter }) {
  if (isStream) {
    return consume(pool.stream(name, args), leaveAfter);
  }
  if (abortAfter === undefined) {
    return pool.execute(name, args, { timeout });
  }
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), abortAfter);
  try {
    return await pool.execute(name, args, { timeout, signal: abort.signal });
  } finally {
    clearTimeout(timer);
  }
}

/** Takes the items of a stream, all of them or so many. */
async function consume(stream, leaveAfter) {
  const items = [];
  for await (const item of stream) {
    items.push(item);
    if (items.length === leaveAfter) {
      return items;
    }
  }
  return { items, result: await stream.result };
}

/** Blocks the thread like a host that is computing something: the pool must keep working, and the chaos continues. */
function blockThread(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
