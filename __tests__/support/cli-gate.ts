import path from 'node:path';
import { linesOf, tempFolder } from './files';
import { type Gate, gate } from './gate';

/** A gate in the functions of `cli_functions.py`, and the record of their calls. */
export interface CliGate {
  readonly door: Gate;
  /** The environment for the command line. */
  readonly env: Record<string, string>;
  /** The numbers with which they were called, in order. */
  called(): number[];
}

/** Has `at_gate` and `at_gate_from` of `cli_functions.py` wait when they are called with `number`. */
export function cliGate(number: number): CliGate {
  const door = gate();
  const calls = path.join(tempFolder(), 'calls');
  return {
    door,
    env: { TEST_GATE: door.path, TEST_STOP_AT: String(number), TEST_CALLS: calls },
    called: () => linesOf(calls).map(Number),
  };
}

/** A record that `map` writes. */
export interface MapRecord {
  index: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a record holds depends on the function
  result?: any;
  error?: Record<string, unknown>;
}

/** The records in an output of `map`. */
export function recordsOf(file: string): MapRecord[] {
  return linesOf(file).map((line) => JSON.parse(line));
}
