/** How long a start takes, beside that of interpreters which do nothing and end. */
import { compete, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'start-up and replacement';

const MANY = 8;
const OTHERS = ['lines', 'pythonia', 'python-shell', 'python-bridge', 'promptfoo'];

export async function run(bench) {
  const results = [];
  const targets = [];
  for (const python of bench.pythons.started) {
    const release = python.version.replace(/\.\d+$/, '');
    const one = await start(bench, python, 1, ['pool', 'bare']);
    targets.push(
      ...judged(`ready after start, 1 worker, Python ${release}`, 'ready', one, 1.3, results),
      ...judged(`first reply after start, Python ${release}`, 'first', one, 1.8, results),
    );
  }
  const main = bench.pythons.main;
  targets.push(
    ...judged(
      `ready after start, ${MANY} workers`,
      'ready',
      await start(bench, main, MANY, ['pool', 'bare']),
      1.3,
      results,
    ),
    ...(await replacement(bench, results)),
  );
  const others = await start(bench, main, 1, ['pool', ...OTHERS]);
  results.push(
    ...named(
      'first reply after start, all peers',
      rows(others, 'ms', ({ first }) => first),
    ),
  );
  return { rows: results, targets };
}

function start({ field, scale }, python, workers, peers) {
  const settings = { python: python.path, workers };
  return compete(
    field,
    peers.map((peer) => ({ peer, measure: 'start', settings })),
    { rounds: scale(21, 5) },
  );
}

async function replacement({ field, scale }, results) {
  const outcomes = await compete(
    field,
    [
      { peer: 'pool', measure: 'crash' },
      { peer: 'bare', measure: 'start' },
    ],
    { rounds: scale(21, 5) },
  );
  const group = 'replacement replies after a crash';
  const [pool, bare] = named(
    group,
    rows(outcomes, 'ms', (answer) => answer.first ?? answer),
  );
  results.push(pool, bare);
  return [ratio(group, 'bare', pool, bare, { most: 1.5 })];
}

function judged(work, what, outcomes, most, results) {
  const [pool, bare] = named(
    work,
    rows(outcomes, 'ms', (answer) => answer[what]),
  );
  results.push(pool, bare);
  return [ratio(work, 'bare', pool, bare, { most })];
}

function named(group, list) {
  return list.map((row) => ({ ...row, group }));
}
