/** Runs `body` with changes to `process.env`; `undefined` removes a variable. */
export async function withEnvironment<T>(
  changes: Record<string, string | undefined>,
  body: () => T | Promise<T>,
): Promise<T> {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  assign(Object.entries(changes));
  try {
    return await body();
  } finally {
    assign(before);
  }
}

function assign(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
}
