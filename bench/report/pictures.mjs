/** The pictures of a report, by the names of their files. */
import { svg, text } from '../../scripts/lib/svg.mjs';
import { titleOf } from '../peers/index.mjs';
import { bars } from './bars.mjs';
import { bytes, number } from './format.mjs';
import { Plot } from './plot.mjs';

const WIDTH = 960;
const LEFT = 84;
const LEGEND = 762;
const LEGEND_LINE = 24;
const COLORS = {
  pool: 'blue',
  lines: 'red',
  'node-calls-python': 'green',
  pythonia: 'purple',
  'python-shell': 'amber',
  'python-bridge': 'teal',
  promptfoo: 'pink',
};

/** @type {Record<string, string>} */
export const TITLES = {
  'bench-payload': 'Time per call by payload size',
  'bench-flight': 'Calls per second by calls in flight',
  'bench-workers': 'Calls per second by number of workers',
  'bench-start': 'Start-up time',
};

/** Draws a picture for each benchmark that was run. @returns {Record<string, string>} */
export function pictures({ cases, machine }) {
  const where = `${machine.processor}, ${machine.cores} cores, Node.js ${machine.node}, Python ${machine.python}`;
  const all = {
    'bench-payload': cases.payload && payload(cases.payload, where),
    'bench-flight': cases.flight && flight(cases.flight, where),
    'bench-workers': cases.workers && workers(cases.workers, where),
    'bench-start': cases.start && start(cases.start, where),
  };
  return Object.fromEntries(Object.entries(all).filter(([, picture]) => picture));
}

function payload({ rows }, where) {
  const [first, ...others] = unique(rows.map(({ group }) => group));
  const half = 300;
  const places = [
    { left: LEFT, top: 116, width: 640, height: 260 },
    { left: LEFT, top: 452, width: half, height: 190 },
    { left: LEFT + half + 76, top: 452, width: half, height: 190 },
  ];
  const plots = [first, ...others].map((group, index) =>
    sweep(
      rows.filter((row) => row.group === group),
      {
        ...places[index],
        title: group,
        nameOfX: index === 0 ? bytes : shortBytes,
        nameOfY: time,
      },
    ),
  );
  return page({
    title: TITLES['bench-payload'],
    subtitle: `round trip, one call at a time; lower is better. ${where}`,
    height: 712,
    parts: [
      ...plots,
      legend(
        rows.filter(({ group }) => group === first),
        'fastest first',
        -1,
      ),
    ],
    foot: [LEFT + 338, 'payload size'],
  });
}

function flight({ rows }, where) {
  const place = { left: LEFT, top: 116, width: 640, height: 300 };
  return page({
    title: TITLES['bench-flight'],
    subtitle: `round trips of 100 bytes, one worker; higher is better. ${where}`,
    height: 486,
    parts: [
      sweep(rows, { ...place, title: 'calls per second', nameOfX: number, nameOfY: number }),
      legend(rows, 'highest first', 1),
    ],
    foot: [LEFT + 320, 'calls in flight'],
  });
}

function workers({ rows }, where) {
  const measured = rows.filter(({ reason }) => !reason);
  const xs = measured.map(({ x }) => x);
  const ideal = xs.map((x) => ({ x, y: measured[0].median * x }));
  const plot = new Plot({
    ...{ left: LEFT, top: 116, width: 640, height: 300, xs },
    ...{ title: 'calls per second', nameOfX: number, nameOfY: number },
  })
    .line({ color: 'faint', isDashed: true }, ideal)
    .line({ color: 'blue', isStrong: true }, points(measured));
  return page({
    title: TITLES['bench-workers'],
    subtitle: `calls that sleep for 10 ms; higher is better. ${where}`,
    height: 486,
    parts: [
      plot.parts(),
      key([
        { color: 'blue', name: titleOf('pool') },
        { color: 'faint', name: 'ideal: n × one worker' },
      ]),
    ],
    foot: [LEFT + 320, 'number of workers'],
  });
}

function start({ rows }, where) {
  const parts = [];
  let top = 116;
  for (const group of unique(rows.map((row) => row.group))) {
    const own = rows.filter((row) => row.group === group && !row.reason);
    if (own.length === 0) continue;
    const drawn = bars({
      ...{ title: group, left: 250, top, right: WIDTH - 24 },
      bars: own.map(({ series, median, low, high }) => ({
        name: titleOf(series),
        value: median,
        label: `${number(median)} ms (${number(low)} – ${number(high)})`,
        color: series === 'pool' ? 'blue' : 'faint',
      })),
    });
    parts.push(drawn.parts);
    top = drawn.bottom + 44;
  }
  return page({
    title: TITLES['bench-start'],
    subtitle: `median (quartiles); shorter is better. ${where}`,
    height: top - 24,
    parts,
  });
}

function sweep(rows, look) {
  const measured = rows.filter(({ reason }) => !reason);
  const xs = unique(measured.map(({ x }) => x)).sort((a, b) => a - b);
  const plot = new Plot({ ...look, xs });
  // Draw the pool last, so that no other line covers it.
  for (const series of unique(measured.map((row) => row.series)).reverse()) {
    plot.line(
      { color: COLORS[series], isStrong: series === 'pool' },
      points(measured.filter((row) => row.series === series)),
    );
  }
  return plot.parts();
}

function points(rows) {
  return rows.map(({ x, median, low, high }) => ({ x, y: median, low, high }));
}

/** Names in the order of the lines at the last step that all of them reach. */
function legend(rows, order, direction) {
  const names = unique(rows.map(({ series }) => series));
  const xs = unique(rows.map(({ x }) => x));
  const at = xs.findLast((x) =>
    names.every((name) => rows.some((row) => row.series === name && row.x === x)),
  );
  const middle = (name) =>
    rows.find(({ series, x }) => series === name && x === at)?.median ?? Number.NaN;
  const sorted = names
    .filter((name) => rows.some(({ series, reason }) => series === name && !reason))
    .sort((a, b) => direction * (middle(b) - middle(a)));
  const entries = sorted.map((name) => ({ color: COLORS[name], name: titleOf(name) }));
  return key(entries, `${order}, at ${at >= 1_000 ? bytes(at) : number(at)}`);
}

function key(entries, note) {
  const lines = entries.map(({ color, name }, index) => {
    const y = 128 + index * LEGEND_LINE;
    return `<circle class="fill-${color}" cx="${LEGEND}" cy="${y - 4}" r="5"/>${text(LEGEND + 14, y, name, 'fill-ink')}`;
  });
  const below = 128 + entries.length * LEGEND_LINE;
  return note ? [...lines, text(LEGEND - 5, below, note, 'fill-faint')] : lines;
}

function page({ title, subtitle, height, parts, foot }) {
  return svg({
    width: WIDTH,
    height,
    label: title,
    parts: [
      text(24, 38, title, 'title fill-ink'),
      text(24, 62, subtitle, 'fill-faint'),
      ...parts.flat(),
      ...(foot ? [text(foot[0], height - 16, foot[1], 'fill-faint', 'middle')] : []),
    ],
  });
}

function time(milliseconds) {
  if (milliseconds >= 1_000) return `${number(milliseconds / 1_000)} s`;
  return milliseconds >= 1 ? `${number(milliseconds)} ms` : `${number(milliseconds * 1_000)} µs`;
}

function shortBytes(count) {
  return bytes(count).replace(/ (.)B?$/, '$1');
}

function unique(values) {
  return [...new Set(values)];
}
