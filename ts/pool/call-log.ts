// The log of one call.

import { AsyncResource } from 'node:async_hooks';
import { invokeSafely } from './invoke-safely.js';
import type { CallInfo, LogRecord } from './log-record.js';

/** Receives the records of a call. */
export type OnLog = (record: LogRecord) => void;

/** The options of a call that its records need. A call that has neither has no such object. */
export class CallLog {
  readonly #tags: Record<string, unknown>;
  readonly #onLog: OnLog | undefined;
  /** The asynchronous context of the caller, in which `onLog` runs, as reactions to a promise do. */
  readonly #context: AsyncResource | undefined;

  constructor(tags: Record<string, unknown> = {}, onLog?: OnLog) {
    this.#tags = tags;
    this.#onLog = onLog;
    this.#context = onLog && new AsyncResource('python-worker-pool.onLog');
  }

  /** Whether `onLog` is set. */
  get hasListener(): boolean {
    return this.#onLog !== undefined;
  }

  get tags(): Record<string, unknown> {
    return this.#tags;
  }

  /** The log of a call whose caller has left: its `onLog` receives nothing any more. */
  withoutListener(): CallLog {
    return new CallLog(this.#tags);
  }

  receive(record: LogRecord): void {
    const onLog = this.#onLog;
    if (onLog) {
      invokeSafely(() => this.#context?.runInAsyncScope(onLog, undefined, record));
    }
  }
}

/** A call in flight. */
export interface LoggedCall {
  readonly id: number;
  readonly functionName: string;
  readonly log: CallLog | undefined;
}

export function infoOf({ id, functionName, log }: LoggedCall): CallInfo {
  return { id, function: functionName, tags: log?.tags ?? {} };
}
