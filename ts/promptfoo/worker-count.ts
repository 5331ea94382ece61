// How many workers a provider has.

import type { EvalCommand } from './command-line.js';
import { type Environment, intOf } from './environment.js';
import type { Log } from './log.js';

/**
 * `config.workers`, then `PROMPTFOO_PYTHON_WORKERS`, then `-j`, then 1. What is said of Python comes
 * first: workers may be few because a model is large.
 */
export function workerCount(
  configured: number | undefined,
  environment: Environment,
  command: EvalCommand | undefined,
  log: Log,
): number {
  const [count, source] =
    configured !== undefined
      ? [configured, 'in config']
      : [intOf(environment.PROMPTFOO_PYTHON_WORKERS), 'in PROMPTFOO_PYTHON_WORKERS'];
  const [chosen, from] =
    count !== undefined ? [count, source] : [command?.concurrency ?? 1, 'from -j flag'];
  if (chosen < 1) {
    log.warn(`Invalid worker count ${chosen} ${from}, using minimum of 1`);
    return 1;
  }
  return chosen;
}
