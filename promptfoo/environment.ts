/**
 * A whole number from the environment, as promptfoo reads them: `defaultValue` where the variable is
 * absent, empty, or does not begin with a number.
 */
export function getEnvInt(key: string): number | undefined;
export function getEnvInt(key: string, defaultValue: number): number;
export function getEnvInt(key: string, defaultValue?: number): number | undefined {
  const number = Number.parseInt(process.env[key] ?? '', 10);
  return Number.isNaN(number) ? defaultValue : number;
}
