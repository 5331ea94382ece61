// Environment variables, as promptfoo reads them.

import type { Environment } from '../pool/index.js';

/** The environment of this process with the variables that promptfoo's configuration adds. */
export function environmentWith(added: Environment | null | undefined): Environment {
  const defined = Object.entries(added ?? {}).filter(([, value]) => value !== undefined);
  return { ...process.env, ...Object.fromEntries(defined) };
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
  return intOf(process.env[key]) ?? defaultValue;
}
