// Environment variables, as promptfoo reads them and hands them on.

import { definedVariables, mergeVariables } from '../pool/environment.js';
import type { Environment } from '../pool/index.js';
import { own } from '../pool/own.js';
import { invocationEnvironment } from './invocation.js';

/** The environment of a call, as it is when the call begins. */
export class CallEnvironment {
  /** The first that has a variable decides, even if it is empty there. */
  readonly #layers: readonly Environment[];
  readonly #file: Environment;
  /** The same for calls that may share workers; empty if the invocation sets no variable of its own. */
  readonly key: string;

  /** @param added the variables that the configuration has for one provider */
  constructor(added?: Environment | null) {
    const { configured, file } = invocationEnvironment();
    this.#layers = [own(added ?? {}), configured, file, process.env];
    this.#file = file;
    const ofInvocation = [configured, file].map(sorted);
    const isEmpty = ofInvocation.every((variables) => variables.length === 0);
    this.key = isEmpty ? '' : JSON.stringify(ofInvocation);
  }

  get(name: string): string | undefined {
    const value = this.#layers.map((layer) => layer[name]).find(isDefined);
    return isDefined(value) ? String(value) : undefined;
  }

  /** What processes inherit; undefined if that is the environment of this process. */
  get inherited(): Environment | undefined {
    return Object.keys(this.#file).length > 0
      ? mergeVariables(definedVariables(process.env), this.#file)
      : undefined;
  }
}

function sorted(variables: Environment): unknown[] {
  return Object.entries(variables).sort(([one], [other]) => (one < other ? -1 : 1));
}

function isDefined(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The integer that a text begins with; undefined if there is none. */
export function intOf(text: string | undefined): number | undefined {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
}

/**
 * An integer from the environment, as promptfoo reads it. Returns `defaultValue` if the variable is absent,
 * empty, or does not begin with a number.
 */
export function getEnvInt(key: string): number | undefined;
export function getEnvInt(key: string, defaultValue: number): number;
export function getEnvInt(key: string, defaultValue?: number): number | undefined {
  return intOf(new CallEnvironment().get(key)) ?? defaultValue;
}
