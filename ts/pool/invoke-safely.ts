// Functions of the user that receive something, and whose failure concerns nobody else.

const ignore = (): void => {};

/** Ignores what `invoke` throws, or rejects with: an async function throws by rejecting. */
export function invokeSafely(invoke: () => unknown): void {
  try {
    (invoke() as Promise<unknown> | undefined)?.catch?.(ignore);
  } catch {
    // See above.
  }
}
