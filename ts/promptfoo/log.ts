// Logs a provider's messages and the script's output.

import type { LogContext } from '../pool/index.js';
import { writeLine } from '../pool/stderr.js';
import type { CallApiContext } from './types.js';

type Target = NonNullable<CallApiContext['logger']>;

/**
 * Logs with promptfoo's logger from the first call that has it on; until then, warnings and errors go to
 * stderr. As with promptfoo's own provider, the script's stdout is logged for debugging; its stderr is not.
 */
export class Log {
  #target: Target | undefined;
  /** Lines that are logged only once: each version of the script has a pool of its own, and each call uses the cache. */
  readonly #logged = new Set<string>();

  use(target: Target | undefined): void {
    this.#target ??= target;
  }

  debug(message: string): void {
    this.#target?.debug?.(message);
  }

  info(message: string, { stream, worker }: LogContext = {}): void {
    if (stream === 'stdout') {
      this.debug(`Python stdout: ${message}`);
    } else if (worker !== undefined) {
      this.#target?.info?.(message);
    } else {
      this.#once(message, () => this.#target?.info?.(message));
    }
  }

  /** Whether a pool has suggested something that has this word. */
  hasSuggested(word: string): boolean {
    return [...this.#logged].some((text) => text.includes(word));
  }

  /** The summary of an evaluation, which may be the same as that of an earlier one. */
  summary(message: string): void {
    this.#target?.info?.(message);
  }

  warn(message: string, context?: LogContext): void {
    this.#write('warn', message, context);
  }

  warnOnce(message: string): void {
    this.#once(message, () => this.warn(message));
  }

  error(message: string, context?: LogContext): void {
    this.#write('error', message, context);
  }

  #once(message: string, log: () => void): void {
    if (!this.#logged.has(message)) {
      this.#logged.add(message);
      log();
    }
  }

  #write(level: 'warn' | 'error', message: string, { stream }: LogContext = {}): void {
    const text = stream === 'stderr' ? `Python stderr: ${message}` : message;
    const target = this.#target?.[level];
    if (target) {
      target.call(this.#target, text);
    } else {
      writeLine(`[python-worker-pool] ${text}`);
    }
  }
}
