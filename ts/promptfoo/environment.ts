// Variables of the environment, as promptfoo reads them.

export type Environment = Record<string, string | undefined>;

/** The environment of this process, with what the configuration of promptfoo adds to it. */
export function environmentWith(added: Environment | undefined): Environment {
  const defined = Object.entries(added ?? {}).filter(([, value]) => value !== undefined);
  return { ...process.env, ...Object.fromEntries(defined) };
}

/** The whole number a text begins with; undefined when there is none. */
export function intOf(text: string | undefined): number | undefined {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
}

/**
 * A whole number from the environment, as promptfoo reads them: `defaultValue` where the variable is
 * absent, empty, or does not begin with a number.
 */
export function getEnvInt(key: string): number | undefined;
export function getEnvInt(key: string, defaultValue: number): number;
export function getEnvInt(key: string, defaultValue?: number): number | undefined {
  return intOf(process.env[key]) ?? defaultValue;
}
