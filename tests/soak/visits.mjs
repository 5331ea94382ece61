/**
 * Small pools that open and close besides the main one. They also make checks that need a blocked
 * queue: behind a gate, a call that keeps the only worker busy until the soak opens it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { answer, plan } from './kinds.mjs';
import { faultOf, outcomeOf } from './outcomes.mjs';
import { closePool, makePool } from './pools.mjs';

const QUEUE_TIMEOUT_MS = 300;
const MAX_QUEUED = 10;
const REFUSED = 4;
const CLOSING = 4;
/** By then, some of the calls are over and some are running. */
const MAX_CLOSING_MS = 700;
const MAX_PAUSE_MS = 1_500;

/**
 * Opens and closes pools until `isOver()`.
 *
 * @param {import('./legs.mjs').Soak & { random: () => number, isOver: () => boolean }} visits
 */
export async function keepVisiting(visits) {
  while (!visits.isOver()) {
    await visit(visits);
    await pause(visits.random() * MAX_PAUSE_MS);
  }
}

async function visit(visits) {
  const { tally } = visits;
  const options = { workers: 1, queueTimeout: QUEUE_TIMEOUT_MS, maxQueue: MAX_QUEUED };
  const pool = makePool(visits, options);
  try {
    await pool.initialize();
    tally.visits += 1;
    await wait(pool, visits);
    await close(pool, visits);
  } catch (error) {
    if (!isStruck(error)) {
      throw error;
    }
    tally.notOpened += 1;
  } finally {
    await closePool(pool, tally);
  }
}

/** Whether a pool failed to open because its only worker was killed or stopped during the import. */
function isStruck({ code, signal }) {
  return code === 'ERR_STARTUP_TIMEOUT' || (code === 'ERR_PYTHON_LOAD' && signal === 'SIGKILL');
}

/** Fills the queue behind a gate, beyond its limit. None of these calls may ever start. */
async function wait(pool, { directory, ledger, random }) {
  const gate = openCall(pool, ledger, 'gate', {
    name: 'gate',
    right: (number) => ({ value: answer('gate', number), expired: { timeout: QUEUE_TIMEOUT_MS } }),
  });
  const abort = new AbortController();
  const queued = Array.from({ length: MAX_QUEUED + REFUSED }, (_, index) =>
    openCall(pool, ledger, kindOfQueued(index), {
      name: 'short',
      right: (number) => ({ value: answer('short', number), ...waiting(index) }),
      signal: index < MAX_QUEUED && index % 2 === 0 ? abort.signal : undefined,
    }),
  );
  await pause((random() * QUEUE_TIMEOUT_MS) / 2);
  abort.abort();
  // If the worker of the gate is killed, the queue moves on, so this always ends.
  const all = await Promise.all(queued.map(({ settled }) => settled));
  writeFileSync(join(directory, `gate${gate.number}`), '');
  const held = settle(ledger, gate, await gate.settled).outcome === 'value';
  queued.forEach((call, index) => {
    settle(ledger, call, all[index], held);
  });
}

/** Leaves calls open for `shutdown()` to reject, and makes one whose signal was aborted before. */
async function close(pool, { ledger, random, tally }) {
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
  await pause(random() * MAX_CLOSING_MS);
  await closePool(pool, tally);
  for (const call of calls) {
    settle(ledger, call, await call.settled);
  }
}

function kindOfQueued(index) {
  if (index >= MAX_QUEUED) {
    return 'queue full';
  }
  return index % 2 === 0 ? 'abort in queue' : 'wait in queue';
}

function waiting(index) {
  return { ...refusals(), ...(index % 2 === 0 && { aborted: { name: 'AbortError' } }) };
}

function refusals() {
  return { expired: { timeout: QUEUE_TIMEOUT_MS }, refused: { limit: MAX_QUEUED } };
}

function openCall(pool, ledger, kind, { name, args, right, signal }) {
  const number = ledger.open(kind);
  const call = plan(number, { name, args, right: right(number) });
  return { number, call, settled: outcomeOf(pool.execute(call.name, call.args, { signal })) };
}

/** @param {boolean} [held] whether the call certainly had no chance to start */
function settle(ledger, { number, call }, settled, held = false) {
  const fault = faultOf(call.right, settled) ?? (held ? startedFault(settled) : undefined);
  const outcome = held && settled.outcome === 'aborted' ? 'withdrawn' : settled.outcome;
  ledger.settle(number, outcome, fault);
  return settled;
}

function startedFault({ outcome }) {
  const isRight = ['aborted', 'expired', 'refused'].includes(outcome);
  return isRight ? undefined : `settled as '${outcome}' behind a closed gate`;
}
