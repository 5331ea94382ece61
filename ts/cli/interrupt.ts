import { CliError } from './errors.js';
import { EXIT } from './exit.js';

/**
 * Runs `body`. The first Ctrl-C aborts its signal; an error after that counts as the interrupt. The second
 * Ctrl-C ends this process immediately, and its workers end with it.
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
