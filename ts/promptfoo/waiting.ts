// The hint that calls wait for the only worker, unless a single worker was chosen.

import { evalCommand } from './command-line.js';
import type { Log } from './log.js';
import type { PythonProviderConfig } from './types.js';
import { isChosen, type Start } from './worker-count.js';

/** Calls shorter than this are as fast with one worker. */
const MIN_CALL_MS = 20;
/** How long calls must have waited in total to be worth a line. */
const MIN_WAIT_MS = 1_000;

/** Logs that this many calls wait. */
export type Suggest = (waiting: number) => void;

/** Watches the calls of one worker. */
export class WaitingCalls {
  #suggest: Suggest | undefined;
  #pending = 0;
  #mostWaiting = 0;
  #lastEnd = 0;
  /** How long the worker ran calls while others waited. */
  #waited = 0;
  #hasSuggested = false;

  /** @param suggest called once; undefined if calls may wait */
  watch(suggest: Suggest | undefined): void {
    this.#suggest = suggest;
  }

  /** Makes a call. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    this.#pending += 1;
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#pending - 1);
    try {
      return await call();
    } finally {
      this.#onEnd(begin);
    }
  }

  #onEnd(begin: number): void {
    const isWaitedFor = this.#pending > 1;
    this.#pending -= 1;
    // After a pool's own suggestion, which may follow the end of an earlier call.
    if (isWaitedFor && this.#waited >= MIN_WAIT_MS && !this.#hasSuggested) {
      this.#hasSuggested = true;
      this.#suggest?.(this.#mostWaiting);
    }
    const end = performance.now();
    const took = end - Math.max(begin, this.#lastEnd);
    this.#lastEnd = end;
    if (isWaitedFor && took >= MIN_CALL_MS) {
      this.#waited += took;
    }
  }
}

/** Where the number of workers can be set, as the hint names it. */
export interface Setting {
  /** The script. */
  script: string;
  name: string;
  level: 'info' | 'warn';
}

/** The hint about workers that start like this; undefined if it has been chosen how many calls run. */
export function waitingHint(
  config: PythonProviderConfig,
  start: Start,
  { script, name, level }: Setting,
  log: Log,
): Suggest | undefined {
  const { concurrencyPerWorker, pool } = config;
  const isIntended = [
    concurrencyPerWorker,
    pool?.concurrencyPerWorker,
    pool?.threadsPerWorker,
    pool?.batch,
  ].some((option) => option !== undefined && option !== null);
  if (isIntended || isChosen(config, start)) {
    return undefined;
  }
  return (waiting) => {
    // For an async function, the pool has suggested the better option. Where this hint is a warning, nothing at the level
    // `info` is shown, so it stands alone.
    if (level !== 'info' || !log.hasSuggested('concurrencyPerWorker')) {
      const calls = waiting === 1 ? '1 call waits' : `Up to ${waiting} calls wait`;
      const option = evalCommand()?.concurrencyOption;
      const also = option ? ` or \`${option}\`` : '';
      log[level](
        `${calls} for 1 worker of ${script}; set \`${name}\`${also} to run more of them at the same time`,
      );
    }
  };
}
