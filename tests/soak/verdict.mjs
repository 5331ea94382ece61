/** The checks after a soak, one per line. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { Checks } from '../../scripts/lib/checks.mjs';
import { KINDS } from './kinds.mjs';
import { growthOf, isJudged } from './memory.mjs';
import { OUTCOMES } from './outcomes.mjs';

const MAX_HEAP_GROWTH = 2 * 2 ** 20;
/** A pool has 5 s to close before it kills its workers; the rest is for a busy machine. */
const MAX_SHUTDOWN_MS = 8_000;
/** A shorter soak may lack a rare kind of call by chance. */
const MIN_MINUTES_FOR_ALL_KINDS = 1;
const MAX_SHOWN = 20;

/**
 * @param {import('./legs.mjs').Soak & { levels: import('./level.mjs').Level[],
 *   starts: string, warnings: string[] }} soak
 */
export async function verdict(soak) {
  const checks = new Checks();
  await checkCalls(checks, soak);
  await checkStarts(checks, soak);
  await checkChaos(checks, soak);
  await checkLevels(checks, soak);
  return checks.counts;
}

async function checkCalls(checks, { ledger, options }) {
  await checks.check(
    'every call has exactly one outcome, of an allowed kind, with its own value',
    () => none(ledger.faults),
  );
  await checks.check('no call is without an outcome', () => {
    const open = ledger.unsettled();
    equal(open.length, 0, `${open.length} calls, among them ${open.slice(0, MAX_SHOWN)}`);
  });
  if (options.minutes >= MIN_MINUTES_FOR_ALL_KINDS) {
    await checks.check('every kind of call and every outcome occurred', () => {
      const counts = ledger.counts();
      const met = new Set(Object.values(counts).flatMap(Object.keys));
      deepEqual(missing(Object.keys(OUTCOMES), met), []);
      deepEqual(
        missing(
          KINDS.map(({ kind }) => kind),
          new Set(Object.keys(counts)),
        ),
        [],
      );
    });
  }
}

async function checkStarts(checks, { ledger, starts }) {
  const faults = ledger.startFaults(starts);
  const twice = faults.filter(({ starts: count }) => count > 1);
  await checks.check('no call was started twice', () => none(twice));
  await checks.check('a call with a result was started; a withdrawn or refused call was not', () =>
    none(faults.filter((fault) => !twice.includes(fault))),
  );
}

async function checkChaos(checks, { ledger, timeline, options, tally, warnings }) {
  const { kill, stop } = timeline.totals;
  const counts = ledger.counts();
  await checks.check('no more calls were killed than workers', () => {
    const killed = sum(Object.values(counts).map((row) => row.killed ?? 0));
    ok(killed <= kill, `${killed} calls, ${kill} kills`);
  });
  await checks.check(
    'where a worker has one call at a time, no more timed out than workers were stopped, but for those that hang',
    () => {
      const calm = Object.entries(counts).filter(([kind]) => !/^(hang|batch|many: )/.test(kind));
      const timedOut = sum(calm.map(([, row]) => row.timedOut ?? 0));
      ok(timedOut <= stop, `${timedOut} calls, ${stop} stops`);
    },
  );
  if (options.minutes >= MIN_MINUTES_FOR_ALL_KINDS) {
    await checks.check('the chaos struck, and pools besides the main one opened', () =>
      ok(kill > 0 && stop > 0 && timeline.totals.restart > 0 && tally.visits > 0),
    );
  }
  await checks.check('every pool closed in bounded time', () =>
    ok(tally.slowestShutdown <= MAX_SHUTDOWN_MS, `${tally.slowestShutdown.toFixed()} ms`),
  );
  await checks.check('Node.js emitted no warnings', () => deepEqual(warnings, []));
}

async function checkLevels(checks, { levels }) {
  const [before] = levels;
  const after = levels.at(-1);
  await checks.check('file descriptors are level', () => noMore(after.fds, before.fds));
  await checks.check('threads are level', () => noMore(after.threads, before.threads));
  if (isJudged()) {
    const { growths, isLeak, smallestLeak } = growthOf(levels);
    await checks.check(
      `resident memory does not grow in both legs, as with a leak of ${smallestLeak} bytes per call`,
      () => ok(!isLeak, `it grew by ${growths.join(' and by ')} bytes`),
    );
  }
  await checks.check('the JavaScript heap is level', () =>
    noMore(after.heap - before.heap, MAX_HEAP_GROWTH),
  );
  await checks.check('no process is left', () =>
    deepEqual(
      levels.flatMap(({ processes }) => processes),
      [],
    ),
  );
  await checks.check('no temporary file is left', () =>
    deepEqual(
      levels.flatMap(({ temporary }) => temporary),
      [],
    ),
  );
}

function none(faults) {
  const lines = faults
    .slice(0, MAX_SHOWN)
    .map(({ number, kind, fault }) => `call ${number} (${kind}) ${fault}`);
  equal(faults.length, 0, `${faults.length} calls, among them:\n${lines.join('\n')}`);
}

function noMore(after, before) {
  ok(after <= before, `${after}, but at most ${before} are allowed`);
}

function missing(names, met) {
  return names.filter((name) => !met.has(name));
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
