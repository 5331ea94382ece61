// Environments of workers.

/** Environment variables; those that are undefined are left out. */
export type Environment = Record<string, string | undefined>;

/** A copy without the variables that have no value. It inherits none, as the native side would read those. */
export function definedVariables(variables: Environment): Record<string, string> {
  const defined: Record<string, string> = Object.create(null);
  for (const name of Object.keys(variables)) {
    const value = variables[name];
    if (value !== undefined && value !== null) {
      defined[name] = String(value);
    }
  }
  return defined;
}

/** A number of milliseconds from the environment; undefined when it is missing or invalid. */
export function millisecondsFrom(variable: string): number | undefined {
  const value = Number(process.env[variable]);
  return value > 0 ? value : undefined;
}
