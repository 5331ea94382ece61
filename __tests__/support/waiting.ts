import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 10;

/**
 * Asks until the answer is truthy, and returns it. Fails after `withinMs`, with the description.
 * An error that `ask` throws counts as "not yet".
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  withinMs = 25_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + withinMs;
  for (;;) {
    let answer: T | undefined;
    let failure: unknown;
    try {
      answer = await ask();
    } catch (error) {
      failure = error;
    }
    if (answer) {
      return answer;
    }
    if (performance.now() > end) {
      throw new Error(`Not within ${withinMs} ms: ${what}`, { cause: failure ?? answer });
    }
    await pause(PAUSE_MS);
  }
}
