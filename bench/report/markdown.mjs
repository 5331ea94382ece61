/** Results as Markdown tables. */
import { titleOf } from '../peers/index.mjs';
import { bytes, number, reach, withUnit } from './format.mjs';

/** A table for each group of a benchmark's rows, and what else it has to say. */
export function caseTables({ rows = [], note, axis, error }) {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const own = rows.filter((row) => row.group === group);
    const table = own.some(({ x }) => x !== undefined) ? sweep(own, axis) : list(own);
    return group === undefined ? table : `${group}:\n\n${table}`;
  });
  return [...tables, note, error && `**Failed:** ${error}`].filter(Boolean).join('\n\n');
}

export function targetTable(targets) {
  return table(
    [
      ['work', 'against', 'result', 'target', 'measured', 'quartiles'],
      ...targets.map(({ work, against, unit, reason, ...target }) => [
        work,
        against ? titleOf(against) : '',
        reason ? `not measured: ${oneLine(reason)}` : target.isMet ? 'met' : '**missed**',
        reach(target.reach, unit),
        reason ? '' : withUnit(target.median, unit),
        reason ? '' : `${number(target.low)} – ${number(target.high)}`,
      ]),
    ],
    3,
  );
}

/** One number for each peer. */
function list(rows) {
  return table([
    ['', 'median', 'quartiles'],
    ...rows.map(({ series, unit, median, low, high, reason }) => [
      titleOf(series),
      reason ? '' : withUnit(median, unit),
      reason ? oneLine(reason) : `${number(low)} – ${number(high)}`,
    ]),
  ]);
}

/** A line for each peer, a column for each step of the sweep. */
function sweep(rows, axis) {
  const steps = [...new Set(rows.map(({ x }) => x))];
  const names = [...new Set(rows.map(({ series }) => series))];
  const unit = rows.find((row) => row.unit)?.unit;
  const cell = (series, x) => {
    const row = rows.find((one) => one.series === series && one.x === x);
    if (!row) return '';
    return row.reason ? oneLine(row.reason) : number(row.median);
  };
  return table([
    [unit ?? '', ...steps.map((x) => (axis === 'bytes' ? bytes(x) : number(x)))],
    ...names.map((series) => [titleOf(series), ...steps.map((x) => cell(series, x))]),
  ]);
}

/** @param {number} [words] how many columns at the left are words and not numbers */
function table([head, ...lines], words = 1) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < words ? '---' : '--:'));
  return [line(head), line(rule), ...lines.map(line)].join('\n');
}

/** The reason may be a stack. */
function oneLine(text) {
  return text.split('\n')[0].replaceAll('|', '\\|').slice(0, 200);
}

/** The page of the documentation: all there is of a run. */
export function documentOf({ date, commit, isQuick, machine, peers, cases }, pictures) {
  const { system, processor, cores, memoryGiB, load, node, python } = machine;
  const targets = Object.values(cases).flatMap((one) => one.targets ?? []);
  return `${[
    '# Benchmarks',
    `Written by \`npm run bench:docs\` from ${isQuick ? 'a quick run' : 'a run'} of ` +
      `\`npm run bench\` ${when({ date, commit })}; ` +
      '[bench](../bench/README.md) says what is measured and how.',
    `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, a load of ${load} before the run; ` +
      `Node.js ${node}, Python ${python}. ` +
      `${versions(peers)}.`,
    ...missing(peers),
    '## Targets',
    targetTable(targets),
    ...pictures.map((name) => `![${name.replace('bench-', 'by ')}](${name}.svg)`),
    ...Object.values(cases).flatMap((one) => [
      `## ${capital(one.title)}`,
      ...rerun(one),
      caseTables(one),
    ]),
  ].join('\n\n')}\n`;
}

function rerun({ rerun: run }) {
  return run ? [`Run again ${when(run)}.`] : [];
}

function when({ date, commit }) {
  return `on ${date.slice(0, 10)}${commit ? ` at \`${commit}\`` : ''}`;
}

function versions(peers) {
  return Object.entries(peers)
    .filter(([, { version }]) => version)
    .map(([name, { version }]) => `${name} ${version}`)
    .join(', ');
}

function missing(peers) {
  const all = Object.entries(peers).filter(([, { reason }]) => reason);
  if (all.length === 0) return [];
  return [`Not there: ${all.map(([name, { reason }]) => `${name} (${reason})`).join('; ')}.`];
}

function capital(words) {
  return words[0].toUpperCase() + words.slice(1);
}
