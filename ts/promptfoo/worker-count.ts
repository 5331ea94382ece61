// The number of a provider's workers.

import type { Environment } from '../pool/index.js';
import type { EvalCommand } from './command-line.js';
import { intOf } from './environment.js';
import type { Log } from './log.js';

/**
 * `config.workers`, else `PROMPTFOO_PYTHON_WORKERS`, else `-j`, else 1. Settings for Python take precedence,
 * because a large model may allow only few workers.
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
