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
  const replaced = new Set(Object.keys(extra).map(same));
  const kept = Object.entries(variables).filter(([name]) => !replaced.has(same(name)));
  return { ...Object.fromEntries(kept), ...definedVariables(extra) };
}

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
