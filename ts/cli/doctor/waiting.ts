import { print } from '../terminal.js';

/** When to report first, and how often after that, in milliseconds. */
const FIRST = 3000;
const INTERVAL = 10_000;

/** Reports on stderr, while `work` is pending, how long it has taken. */
export async function withProgress<T>(
  what: string,
  limit: number,
  work: () => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  const atMost = Number.isFinite(limit) ? ` (limit: ${seconds(limit)} s)` : '';
  const report = () => {
    print(`Still ${what}, after ${seconds(performance.now() - begun)} s${atMost} ...`);
    timer = setTimeout(report, INTERVAL);
  };
  let timer = setTimeout(report, FIRST);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
