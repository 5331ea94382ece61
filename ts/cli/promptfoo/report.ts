// The report on a configuration.

import type { Bridge } from './bridges.js';
import type { Change } from './edits.js';
import type { Listing, Stay } from './listing.js';

/** Printed as it is with `--json`. */
export interface Report {
  /** Whether each script has its module, or can have it. */
  ok: boolean;
  config: string;
  /** Lines to replace. `line` is the number of the first one, from 1. */
  changes: { file: string; line: number; before: string[]; after: string[] }[];
  /** References that are not changed. */
  stays: { file: string; line: number; place: string; text: string; reason: string }[];
  bridges: Bridge[];
  /** What changes with the lines, and how to prevent it. */
  notes: string[];
  warnings: string[];
}

export function reportOn(config: string, listing: Listing, bridges: Bridge[]): Report {
  return {
    ok: bridges.every(({ state }) => state !== 'impossible'),
    config,
    changes: listing.changes().map(changeOf),
    stays: listing.stays().map(stayOf),
    bridges,
    notes: listing.notes,
    warnings: [...listing.warnings, ...warningsAbout(bridges)],
  };
}

function changeOf({ source, ...lines }: Change): Report['changes'][number] {
  return { file: source.name, ...lines };
}

function stayOf({ source, line, place, reason }: Stay): Report['stays'][number] {
  return { file: source.name, line, place, text: source.line(line), reason };
}

function warningsAbout(bridges: readonly Bridge[]): string[] {
  const missing = bridges.filter(({ hasScript }) => !hasScript);
  const apart = bridges.filter(({ findsPackage }) => !findsPackage).map(({ file }) => file);
  return [
    ...missing.map(({ script }) => `${script} does not exist`),
    ...(apart.length > 0 ? [`${apart.join(', ')}: ${NOT_FOUND}`] : []),
  ];
}

const NOT_FOUND =
  'python-worker-pool is not found from there. Install it in the same folder, or in one above it.';

export function inWords(report: Report, wrote: boolean): string {
  const { config, changes, stays, bridges, notes, warnings } = report;
  const paragraphs = [
    ...section('Lines to change', changes.map(describeChange)),
    ...section('Python that stays as it is', stays.map(describeStay)),
    ...filesOf(bridges),
    ...notes.map((note) => `Note: ${note}`),
    ...warnings.map((warning) => `Warning: ${warning}`),
    summary(report, wrote),
  ];
  return changes.length + stays.length === 0 && warnings.length === 0
    ? `There is no Python to move in ${config}.\n`
    : `${paragraphs.join('\n\n')}\n`;
}

function section(title: string, paragraphs: readonly string[]): string[] {
  return paragraphs.length > 0 ? [`${title}:`, ...paragraphs] : [];
}

function describeChange({ file, line, before, after }: Report['changes'][number]): string {
  return [
    `${file}:${line}`,
    ...before.map((text) => `-${text}`),
    ...after.map((text) => `+${text}`),
  ].join('\n');
}

function describeStay({ file, line, place, text, reason }: Report['stays'][number]): string {
  return [`${file}:${line} (${place})`, ` ${text}`, `  ${reason}`].join('\n');
}

function filesOf(bridges: readonly Bridge[]): string[] {
  if (bridges.length === 0) {
    return [];
  }
  const width = Math.max(...bridges.map(({ file }) => file.length));
  const rows = bridges.map((bridge) => `  ${bridge.file.padEnd(width)}  ${stateOf(bridge)}`);
  return [['Files beside the scripts:', ...rows].join('\n')];
}

function stateOf({ state, problem }: Bridge): string {
  switch (state) {
    case 'written':
      return 'written';
    case 'present':
      return 'is there already';
    case 'missing':
      return 'to write';
    case 'impossible':
      return `not written: ${problem}`;
  }
}

function summary({ config, changes, bridges }: Report, wrote: boolean): string {
  const missing = bridges.filter(({ state }) => state === 'missing').length;
  const lines = [
    changes.length > 0
      ? 'Replace the lines marked - with those marked +: this command does not change the configuration.'
      : `There is nothing to change in ${config}.`,
  ];
  if (missing > 0 && !wrote) {
    lines.push(`To write the ${missing === 1 ? 'file' : `${missing} files`}, add --write.`);
  }
  return lines.join('\n');
}
