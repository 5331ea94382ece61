/**
 * Small pools that open and close beside the main one, and what can be said for sure of calls only
 * where the queue is held: behind a gate, which keeps the only worker busy until it is opened.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { answer, plan } from './kinds.mjs';
import { faultOf, outcomeOf } from './outcomes.mjs';

const QUEUE_TIMEOUT_MS = 300;
const MOST_QUEUED = 10;
const REFUSED = 4;
const CLOSING = 4;
const LONGEST_PAUSE_MS = 2_000;
/** Why a pool may not open: chance met the only worker while it imported the script. */
const NOT_OPENED = ['ERR_PYTHON_LOAD', 'ERR_STARTUP_TIMEOUT'];

/**
 * Opens and closes pools until `isOver()`.
 *
 * @param {{ makePool: (options: object) => object, directory: string, ledger: object,
 *   random: () => number, isOver: () => boolean, tally: object }} visits
 */
export async function keepVisiting(visits) {
  while (!visits.isOver()) {
    await visit(visits);
    await pause(visits.random() * LONGEST_PAUSE_MS);
  }
}

async function visit({ makePool, directory, ledger, random, tally }) {
  const pool = makePool({ workers: 1, queueTimeout: QUEUE_TIMEOUT_MS, maxQueue: MOST_QUEUED });
  try {
    await pool.initialize();
    tally.visits += 1;
    await wait({ pool, directory, ledger, random });
    await close({ pool, ledger });
  } catch (error) {
    if (!NOT_OPENED.includes(error.code)) {
      throw error;
    }
    tally.notOpened += 1;
  } finally {
    await pool.shutdown();
  }
}

/** Fills the queue behind a gate and past its bound. None of these calls may ever start. */
async function wait({ pool, directory, ledger, random }) {
  const gate = openCall(pool, ledger, 'gate', {
    name: 'gate',
    right: (number) => ({ value: answer('gate', number), expired: { timeout: QUEUE_TIMEOUT_MS } }),
  });
  const abort = new AbortController();
  const queued = Array.from({ length: MOST_QUEUED + REFUSED }, (_, index) =>
    openCall(pool, ledger, kindOfQueued(index), {
      name: 'short',
      right: (number) => ({ value: answer('short', number), ...waiting(index) }),
      signal: index < MOST_QUEUED && index % 2 === 0 ? abort.signal : undefined,
    }),
  );
  await pause((random() * QUEUE_TIMEOUT_MS) / 2);
  abort.abort();
  // When the worker of the gate is killed the queue moves on, so this always comes to its end.
  const all = await Promise.all(queued.map(({ settled }) => settled));
  writeFileSync(join(directory, `gate${gate.number}`), '');
  const held = settle(ledger, gate, await gate.settled).outcome === 'value';
  queued.forEach((call, index) => {
    settle(ledger, call, all[index], held);
  });
}

/** Leaves calls behind for `shutdown()` to reject, and one that was aborted before it was made. */
async function close({ pool, ledger }) {
  const calls = Array.from({ length: CLOSING }, () =>
    openCall(pool, ledger, 'closing', {
      name: 'long',
      args: [0.5],
      right: (number) => ({ value: answer('long', number), ...refusals(), closed: {} }),
    }),
  );
  const aborted = openCall(pool, ledger, 'aborted before', {
    name: 'short',
    right: () => ({ aborted: { name: 'AbortError' } }),
    signal: AbortSignal.abort(),
  });
  settle(ledger, aborted, await aborted.settled, true);
  await pool.shutdown();
  for (const call of calls) {
    settle(ledger, call, await call.settled);
  }
}

function kindOfQueued(index) {
  if (index >= MOST_QUEUED) {
    return 'queue full';
  }
  return index % 2 === 0 ? 'abort in queue' : 'wait in queue';
}

function waiting(index) {
  return { ...refusals(), ...(index % 2 === 0 && { aborted: { name: 'AbortError' } }) };
}

function refusals() {
  return { expired: { timeout: QUEUE_TIMEOUT_MS }, refused: { limit: MOST_QUEUED } };
}

function openCall(pool, ledger, kind, { name, args, right, signal }) {
  const number = ledger.open(kind);
  const call = plan(number, { name, args, right: right(number) });
  return { number, call, settled: outcomeOf(pool.execute(call.name, call.args, { signal })) };
}

/** @param {boolean} [held] whether the call surely never had a chance to start */
function settle(ledger, { number, call }, settled, held = false) {
  const fault = faultOf(call.right, settled) ?? (held ? startedFault(settled) : undefined);
  const outcome = held && settled.outcome === 'aborted' ? 'withdrawn' : settled.outcome;
  ledger.settle(number, outcome, fault);
  return settled;
}

function startedFault({ outcome }) {
  const isRight = ['aborted', 'expired', 'refused'].includes(outcome);
  return isRight ? undefined : `came to '${outcome}' behind a closed gate`;
}
