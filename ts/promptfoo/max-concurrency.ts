// How many calls promptfoo makes at the same time, if that has been set.

import { evalCommand } from './command-line.js';
import { configuredConcurrency } from './config-file.js';
import { invocationConcurrency } from './invocation.js';

/**
 * promptfoo's maximum concurrency: that of the invocation if promptfoo passes it on, else that of the command line, which
 * takes precedence over its configuration. Undefined if it has not been set, or is not known here.
 */
export async function maxConcurrency(): Promise<number | undefined> {
  const ofInvocation = invocationConcurrency();
  if (ofInvocation) {
    return ofInvocation.maxConcurrency;
  }
  const command = evalCommand();
  if (!command) {
    return undefined;
  }
  const { concurrency, delay, configFiles } = command;
  const isDecided = delay !== undefined && (delay > 0 || concurrency !== undefined);
  const configured =
    isDecided || !configFiles ? undefined : await configuredConcurrency(configFiles);
  // With a delay, promptfoo makes one call at a time.
  return (delay ?? configured?.delay ?? 0) > 0 ? 1 : (concurrency ?? configured?.maxConcurrency);
}
