// The doctor's report.

import { type ErrorFields, inOurWords } from '../errors.js';
import type { Loaded, PythonFunction } from './examine.js';
import type { Interpreter } from './interpreter.js';

/** Printed as it is with `--json`. */
export interface Report {
  ok: boolean;
  /** Its path, or the name of a module. */
  script: string;
  /** Null if none was found. */
  interpreter: Interpreter | null;
  /** Duration of the import in milliseconds; null if it failed. */
  importMs: number | null;
  functions: PythonFunction[];
  /** What works, but may surprise. */
  warnings: string[];
  problem: Problem | null;
}

/** Why the script cannot be called. */
export interface Problem extends ErrorFields {
  /** The best fix first; may be empty. */
  fixes: Fix[];
}

/** An explanation, and the commands to run. */
export interface Fix {
  text: string;
  commands: string[];
}

/** The part of the report that is filled in step by step. */
export type Findings = Omit<Report, 'ok' | 'problem'>;

export function nothingKnown(script: string): Findings {
  return { script, interpreter: null, importMs: null, functions: [], warnings: [] };
}

export function addLoaded(findings: Findings, { seconds, functions }: Loaded): void {
  findings.importMs = Math.round(seconds * 1e6) / 1000;
  findings.functions = functions;
}

export function inWords(report: Report): string {
  const { script, interpreter, importMs, functions, warnings, problem } = report;
  const lines = [row('Script', script)];
  if (interpreter) {
    lines.push(row('Python', `${interpreter.version}, ${interpreter.path}`));
    lines.push(row('', inOurWords(`chosen by ${interpreter.reason}`)));
  }
  if (importMs !== null) {
    lines.push(
      row('Import', `works, in ${importMs < 10 ? importMs.toFixed(1) : Math.round(importMs)} ms`),
    );
    const [first = 'none that are public', ...others] = functions.map(describe);
    lines.push(row('Functions', first), ...others.map((text) => row('', text)));
  }
  lines.push(...warnings.flatMap((warning) => ['', `Warning: ${warning}`]));
  lines.push('', problem ? problemInWords(problem) : 'No problems found.');
  return `${lines.join('\n')}\n`;
}

function problemInWords({ message, traceback, fixes }: Problem): string {
  const problem = typeof traceback === 'string' ? traceback.trimEnd() : inOurWords(message);
  const advice = fixes.map(({ text, commands }) =>
    [text, ...commands.map((command) => `  ${command}`)].join('\n'),
  );
  return [`Problem: ${problem}`, ...advice].join('\n\n');
}

function describe({ name, kind, signature, doc, importedFrom }: PythonFunction): string {
  const prefix = kind === 'function' ? '' : `${kind} `;
  const remark = [importedFrom && `from ${importedFrom}`, doc].filter(Boolean).join(': ');
  return `${prefix}${name}${signature}${remark ? `  # ${remark}` : ''}`;
}

function row(title: string, text: string): string {
  return `${title.padEnd(11)}${text}`;
}
