// Environments of workers.

/** Environment variables; those that are undefined are left out. */
export type Environment = Record<string, string | undefined>;

/** Variables for all workers, or a function that returns those of one. */
export type ExtraEnvironment =
  | Environment
  | ((worker: { index: number; workers: number }) => Environment);

/** Both, where the second take precedence. Windows does not distinguish upper and lower case. */
export function mergeVariables(
  variables: Record<string, string>,
  extra: Environment,
): Record<string, string> {
  const same = (name: string) => (process.platform === 'win32' ? name.toUpperCase() : name);
  const merged = definedVariables(extra);
  const replaced = new Set(Object.keys(extra).map(same));
  for (const name of Object.keys(variables)) {
    if (!replaced.has(same(name))) {
      merged[name] = variables[name] as string;
    }
  }
  return merged;
}

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

/** The warning about a variable that is set, but to no number of milliseconds. */
export function ignoredVariable(variable: string, value: string | undefined): string {
  return (
    `The environment variable ${variable} is ignored: ${JSON.stringify(value)} is not a number of milliseconds ` +
    'above 0.'
  );
}
