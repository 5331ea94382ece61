/** The tables that a soak prints. */
import { OUTCOMES } from './outcomes.mjs';

const MIB = 2 ** 20;

/** Kinds of calls by outcome, without empty columns. */
export function callTable(counts) {
  const kinds = Object.keys(counts);
  const met = (name) => kinds.some((kind) => counts[kind][name]);
  const titles = { open: 'OPEN', ...mapValues(OUTCOMES, ({ title }) => title), wrong: 'WRONG' };
  const names = Object.keys(titles).filter(met);
  const row = (title, of) => [title, ...names.map(of), sum(names.map(of))];
  const total = (name) => sum(kinds.map((kind) => counts[kind][name] ?? 0));
  return table([
    ['call', ...names.map((name) => titles[name]), 'total'],
    ...kinds.map((kind) => row(kind, (name) => counts[kind][name] ?? 0)),
    row('total', total),
  ]);
}

/** The level after each leg. */
export function levelTable(levels) {
  const row = (title, of) => [title, ...levels.map(of)];
  return table([
    ['at rest after', 'the warm-up', 'the first leg', 'the second leg'],
    row('calls so far', ({ calls }) => calls),
    row('file descriptors', ({ fds }) => fds),
    row('threads', ({ threads }) => threads),
    row('resident memory, MiB', ({ rss }) => (rss / MIB).toFixed(1)),
    row('JavaScript heap, MiB', ({ heap }) => (heap / MIB).toFixed(1)),
    row('processes', ({ processes }) => processes.length),
    row('temporary files', ({ temporary }) => temporary.length),
  ]);
}

/** All events in one line. */
export function eventLine({ timeline, tally, seconds }) {
  const { calls, kill, stop, resume, restart } = timeline.totals;
  return (
    `${calls} calls in ${seconds.toFixed()} s, ${(calls / seconds).toFixed()} per second; ` +
    `${kill} workers killed, ${stop} stopped (${resume} of them temporarily), ` +
    `${restart} restarted; ${tally.visits} pools besides the main one, ` +
    `${tally.notOpened} more were struck while opening; ` +
    `the slowest shutdown took ${(tally.slowestShutdown / 1_000).toFixed(1)} s`
  );
}

/** Shows zeros as dots, so that the other numbers stand out. */
function table(rows) {
  const text = rows.map((row) => row.map((cell) => (cell === 0 ? '·' : String(cell))));
  const widths = text[0].map((_, column) => Math.max(...text.map((row) => row[column].length)));
  return text
    .map(([first, ...rest]) =>
      [
        first.padEnd(widths[0]),
        ...rest.map((cell, column) => cell.padStart(widths[column + 1])),
      ].join('  '),
    )
    .join('\n');
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
