import { CliError } from './errors.js';
import { EXIT } from './exit.js';

/**
 * Runs `body`, which is told of the first Ctrl-C through its signal; what it then fails with counts as
 * the interrupt. The second one ends this process at once, and its workers end with it.
 */
export async function interruptible<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) {
      process.exit(EXIT.interrupted);
    }
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  try {
    return await body(controller.signal);
  } catch (error) {
    throw controller.signal.aborted
      ? new CliError('ERR_INTERRUPTED', 'Interrupted', { cause: error })
      : error;
  } finally {
    process.off('SIGINT', interrupt);
  }
}
