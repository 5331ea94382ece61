/** The course of a soak as an SVG: three panels above a common time axis, readable on light and dark backgrounds. */
import { svg, text } from '../../scripts/lib/svg.mjs';
import { Panel } from './panel.mjs';

const WIDTH = 960;
const HEIGHT = 648;
const LEFT = 76;
const RIGHT = 936;
const MIB = 2 ** 20;
const FRAMES = {
  calls: { top: 106, height: 140 },
  chaos: { top: 296, height: 120 },
  memory: { top: 466, height: 130 },
};
/** The number of steps on either side that are averaged. */
const SMOOTHED = 3;

/** @param {import('./legs.mjs').Soak & { seconds: number }} soak */
export function picture({ timeline, ledger, options, seconds }) {
  const time = {
    from: 0,
    to: Math.max(seconds, timeline.steps.at(-1).at),
    left: LEFT,
    right: RIGHT,
  };
  const { kill, stop, restart } = timeline.totals;
  const parts = [
    text(LEFT, 34, 'A mixed load while workers are killed and stopped', 'title fill-ink'),
    text(
      LEFT,
      56,
      `${grouped(ledger.size)} calls on ${options.workers} workers in ${duration(seconds)}: ` +
        `${judgement(ledger)}. ${grouped(kill)} kills, ${grouped(stop)} stops, ` +
        `${grouped(restart)} restarts.`,
      'fill-faint',
    ),
    rests(timeline.marks, time),
    ...panels(timeline.steps, time),
    text((LEFT + RIGHT) / 2, HEIGHT - 12, 'time (minutes:seconds)', 'fill-faint', 'middle'),
  ];
  return svg({
    width: WIDTH,
    height: HEIGHT,
    label: 'Calls, kills, restarts and memory during a soak',
    parts,
  });
}

function panels(steps, time) {
  const rate = (event) => (step) => step.events[event] / step.seconds;
  const points = (of) => steps.map((step) => ({ at: step.at, value: of(step) }));
  return [
    new Panel({ title: 'Settled calls', unit: 'calls per second', ...FRAMES.calls, time })
      .area('blue', 'calls', points(rate('calls')))
      .svg(),
    new Panel({ title: 'Chaos', unit: 'events per second', ...FRAMES.chaos, time })
      .curve('red', 'killed (SIGKILL)', smooth(points(rate('kill'))))
      .curve('amber', 'stopped (SIGSTOP)', smooth(points(rate('stop'))))
      .curve('green', 'restarted', smooth(points(rate('restart'))))
      .svg(),
    new Panel({ title: 'Memory of Node.js', unit: 'MiB', ...FRAMES.memory, time, axis: true })
      .curve(
        'purple',
        'resident',
        points(({ rss }) => rss / MIB),
      )
      .curve(
        'teal',
        "JavaScript's heap",
        points(({ heap }) => heap / MIB),
      )
      .svg(),
  ];
}

function judgement({ faults }) {
  return faults.length === 0
    ? 'each has exactly one outcome, of an allowed kind'
    : `${grouped(faults.length)} of them are wrong`;
}

/** The mean over a few steps: a single step has too few strikes to show their rate. */
function smooth(points) {
  return points.map(({ at }, index) => {
    const near = points.slice(Math.max(0, index - SMOOTHED), index + SMOOTHED + 1);
    return { at, value: near.reduce((sum, { value }) => sum + value, 0) / near.length };
  });
}

/** Labels the legs, and shades the rests between them, in which the pools are closed and the level is measured. */
function rests(marks, { from, to, left, right }) {
  const x = (at) => left + ((at - from) / (to - from)) * (right - left);
  return marks
    .map(({ at, name }, index) => {
      const start = x(at);
      const end = x(marks[index + 1]?.at ?? to);
      return name === 'rest'
        ? shade(start, Math.max(end - start, 2))
        : text((start + end) / 2, 80, name, 'fill-faint', 'middle');
    })
    .join('');
}

/** Shades only the panels, so that the text between them stays readable. */
function shade(x, width) {
  return Object.values(FRAMES)
    .map(
      ({ top, height }) =>
        `<rect x="${x.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${height}" class="fill-grid"/>`,
    )
    .join('');
}

function grouped(number) {
  return number.toLocaleString('en');
}

function duration(seconds) {
  return seconds < 90 ? `${seconds.toFixed()} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
}
