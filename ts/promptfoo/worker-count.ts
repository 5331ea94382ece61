// The number of workers.

import { type CallEnvironment, intOf } from './environment.js';
import type { Log } from './log.js';
import { numberOf } from './options.js';
import type { PythonProviderConfig } from './types.js';

/** What workers start with, beside the configuration. */
export interface Start {
  environment: CallEnvironment;
  /** promptfoo's maximum concurrency, if it is known. */
  concurrency: number | undefined;
}

/**
 * `config.workers`, else `PROMPTFOO_PYTHON_WORKERS`, else promptfoo's concurrency if it is set, else 1. Settings for
 * Python take precedence, because a large model may allow only few workers.
 */
export function workerCount(config: PythonProviderConfig, start: Start, log: Log): number {
  const [chosen = 1, from] = setting(config, start);
  if (chosen < 1) {
    log.warn(`Invalid worker count ${chosen} ${from}, using minimum of 1`);
    return 1;
  }
  return chosen;
}

/** Whether the number has been set anywhere. */
export function isChosen(config: PythonProviderConfig, start: Start): boolean {
  return setting(config, start).length > 0;
}

function setting({ workers }: PythonProviderConfig, { environment, concurrency }: Start) {
  const settings: [count: number | undefined, from: string][] = [
    [numberOf(workers), 'in config'],
    [intOf(environment.get('PROMPTFOO_PYTHON_WORKERS')), 'in PROMPTFOO_PYTHON_WORKERS'],
    [concurrency, 'from -j or maxConcurrency'],
  ];
  return settings.find(([count]) => count !== undefined) ?? [];
}
