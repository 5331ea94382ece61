/** How long a start takes, compared with that of interpreters that do nothing and exit. */
import { compete, inGroup, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'start-up and replacement';

const MANY = 8;
const OTHERS = ['lines', 'pythonia', 'python-shell', 'python-bridge', 'promptfoo'];

export async function run(bench) {
  const { main, started } = bench.pythons;
  const duels = [];
  for (const python of started) {
    const release = python.version.replace(/\.\d+$/, '');
    const one = await starts(bench, python, 1, ['pool', 'bare']);
    duels.push(
      duel(`ready after start, 1 worker, Python ${release}`, one, 'ready', 1.3),
      duel(`first reply after start, Python ${release}`, one, 'first', 1.8),
    );
  }
  const many = await starts(bench, main, MANY, ['pool', 'bare']);
  duels.push(
    duel(`ready after start, ${MANY} workers`, many, 'ready', 1.3),
    duel('first reply of a replacement after a crash', await crashes(bench), 'first', 1.5),
  );
  const all = await starts(bench, main, 1, ['pool', ...OTHERS]);
  return {
    rows: [
      ...duels.flatMap((one) => one.rows),
      ...milliseconds('first reply after start, all peers', all, 'first'),
    ],
    targets: duels.map(({ target }) => target),
  };
}

function starts({ field, scale }, python, workers, peers) {
  const settings = { python: python.path, workers };
  return compete(
    field,
    peers.map((peer) => ({ peer, measure: 'start', settings })),
    { rounds: scale(21, 5) },
  );
}

function crashes({ field, scale }) {
  const entries = [
    { peer: 'pool', measure: 'crash' },
    { peer: 'bare', measure: 'start' },
  ];
  return compete(field, entries, { rounds: scale(21, 5) });
}

function duel(work, outcomes, what, most) {
  const [pool, bare] = milliseconds(work, outcomes, what);
  return { rows: [pool, bare], target: ratio(work, 'bare', pool, bare, { most }) };
}

function milliseconds(group, outcomes, what) {
  return inGroup(
    group,
    rows(outcomes, 'ms', (answer) => answer[what]),
  );
}
