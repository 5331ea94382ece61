// Environments of workers.

/** Environment variables; those that are undefined are left out. */
export type Environment = Record<string, string | undefined>;

/** A copy without the variables that have no value. */
export function definedVariables(variables: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, String(value)]),
  );
}

/** A number of milliseconds from the environment; undefined when it is missing or invalid. */
export function millisecondsFrom(variable: string): number | undefined {
  const value = Number(process.env[variable]);
  return value > 0 ? value : undefined;
}
