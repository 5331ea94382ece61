/** A pool with one worker that runs many calls at a time, besides the main one. */
import { KINDS } from './kinds.mjs';
import { keepBusy } from './load.mjs';
import { closePool, makePool } from './pools.mjs';

const PLACES = { workers: 1, concurrencyPerWorker: 16, threadsPerWorker: 4 };
/** Of these, the worker has more than it can run. */
const LANES = 24;
const MANY = new Set([
  'short',
  'long',
  'async',
  'stream',
  'stream, async',
  'stream, left',
  'stream, async, left',
  'exception',
  'exit',
  'hang',
  'hang, async',
  'abort',
  'abort, async',
  'batch',
  'batch, async',
  'batch, exception',
  'batch, not serializable',
  'batch, exit',
  'batch, hang',
  'batch, abort',
  'batch, async, abort',
]);

/** Whatever ends the worker ends all its calls. */
const COLLATERAL = { collateral: {} };

const CROWD = KINDS.filter(({ kind }) => MANY.has(kind)).map(({ kind, weight, isShort, make }) => ({
  kind: `many: ${kind}`,
  weight,
  isShort,
  make: (number, random) => {
    const plan = make(number, random);
    return { ...plan, right: { ...plan.right, ...COLLATERAL } };
  },
}));

/** Keeps such a pool busy until `isOver()`; resolves when each call has its outcome. */
export async function keepCrowded(leg) {
  const pool = makePool(leg, PLACES);
  try {
    await openOnce(pool, leg);
    await keepBusy({ ...leg, pool, kinds: CROWD, lanes: LANES, isMany: true });
  } finally {
    await closePool(pool, leg.tally);
  }
}

/** The chaos may strike its only worker during the import. */
async function openOnce(pool, { isOver }) {
  for (;;) {
    try {
      return await pool.initialize();
    } catch (error) {
      const isStruck = error.code === 'ERR_STARTUP_TIMEOUT' || error.signal === 'SIGKILL';
      if (!isStruck || isOver()) {
        throw error;
      }
    }
  }
}
