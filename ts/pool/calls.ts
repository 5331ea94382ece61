// Calls: checks and encoding on the way down, a value or an error on the way up.

import { Aborts } from './aborts.js';
import type { Batches } from './batches.js';
import type { CallLog } from './call-log.js';
import {
  type CallOptions,
  type CheckedCallOptions,
  checkCallOptions,
  type NativeCallOptions,
} from './call-options.js';
import { type WorkerWatch, watchesCalls } from './channels.js';
import { checkName } from './checks.js';
import { copyArguments, type EncodedArguments, encodeArguments } from './encoding.js';
import type { PythonPoolError } from './errors.js';
import {
  about,
  codeOf,
  type EntryPoint,
  FailedCall,
  hideFrames,
  invalidArgument,
  native,
  type Reason,
  type Rejection,
  toError,
  withCode,
} from './failures.js';
import type { Log } from './log.js';
import type { NativeBatching, NativePool } from './native.js';
import { own } from './own.js';
import type { Pending } from './pending.js';
import { OverLimit } from './room.js';
import type { CheckedStreamOptions } from './stream-options.js';
import { StreamSink } from './stream-sink.js';

export interface StartedCall {
  readonly id: number;
  readonly outcome: Promise<unknown>;
}

/** The calls of one pool. */
export class Calls {
  readonly #native: NativePool;
  readonly #pending: Pending;
  readonly #workers: WorkerWatch;
  readonly #log: Log;
  readonly #defaultFunction: string | undefined;
  readonly #script: string;
  readonly #entry: EntryPoint;
  readonly #maxPayload: number;
  readonly #batches: Batches | undefined;
  readonly #fail: (rejection: Rejection) => never;
  readonly #aborts: Aborts<number>;
  readonly #streamAborts = new Aborts<StreamSink>((sinks) => {
    for (const sink of sinks) {
      sink.abort();
    }
  });
  #lastId = 0;

  /**
   * @param defaultFunction the function of calls that name none
   * @param script the script of the pool
   * @param entry the public method that users call
   */
  constructor(
    native: NativePool,
    pending: Pending,
    workers: WorkerWatch,
    log: Log,
    defaultFunction: string | undefined,
    script: string,
    entry: EntryPoint,
    maxPayload: number,
    batches?: Batches,
  ) {
    this.#native = native;
    this.#pending = pending;
    this.#workers = workers;
    this.#log = log;
    this.#defaultFunction = defaultFunction;
    this.#script = script;
    this.#entry = entry;
    this.#maxPayload = maxPayload;
    this.#batches = batches;
    this.#fail = failWith(script);
    this.#aborts = new Aborts((ids) => native.cancel(ids));
  }

  make(
    functionName: string | null | undefined,
    args: readonly unknown[] | null | undefined,
    options: CallOptions | null | undefined,
  ): Promise<unknown> {
    let name: string | undefined;
    try {
      name = this.nameOf(functionName);
      const { signal, kwargs, log, native } = checkCallOptions(options);
      const batching = this.#batches?.[name];
      const list = batching ? copyArguments(args) : args;
      const encoded = this.#encode(list, kwargs);
      const batch = batching?.native(list?.length ?? 0, kwargs, encoded.json);
      const id = this.#nextId();
      if (signal) {
        this.#aborts.watch(signal, id);
      }
      const refusal = this.#submit(id, name, encoded, native, batch);
      return this.#outcome(id, name, { signal, log }, refusal);
    } catch (error) {
      return this.refuse(withCode(error, 'The call cannot be made'), name);
    }
  }

  /** The outcome of a call that cannot be made. */
  refuse(problem: PythonPoolError, name: string | undefined): Promise<never> {
    const failure = about(problem, { script: this.#script, function: name });
    this.#pending.outcomes.refuse(undefined, name, failure.code);
    return Promise.reject(hideFrames(failure, this.#entry));
  }

  /**
   * Makes a call whose options have been checked and whose signal is watched by its maker. Throws for arguments
   * that cannot be sent. Its outcome rejects with a {@link FailedCall}.
   */
  start(
    name: string,
    args: readonly unknown[],
    { kwargs, log, native }: CheckedCallOptions,
  ): StartedCall {
    const batching = this.#batches?.[name];
    let encoded: EncodedArguments;
    let batch: NativeBatching | undefined;
    try {
      const list = batching ? copyArguments(args) : args;
      encoded = this.#encode(list, kwargs);
      batch = batching?.native(list.length, kwargs, encoded.json);
    } catch (error) {
      const failure = withCode(error, 'The call cannot be made');
      this.#pending.outcomes.refuse(undefined, name, failure.code);
      throw failure;
    }
    const id = this.#nextId();
    const refusal = this.#submit(id, name, encoded, native, batch);
    return { id, outcome: this.#rawOutcome(id, name, log, refusal) };
  }

  /**
   * Makes a stream. Throws `ERR_INVALID_ARGUMENT` for arguments that are no array and the like; every other error
   * comes from the stream.
   */
  stream(
    name: string,
    args: readonly unknown[] | null | undefined,
    options: CheckedStreamOptions,
  ): StreamSink {
    const { kwargs, log, native, signal } = options;
    const id = this.#nextId();
    const sink = this.#newSink(id, name, options);
    try {
      const encoded = this.#encode(args, kwargs);
      if (signal) {
        this.#streamAborts.watch(signal, sink);
      }
      const refusal = this.#submit(id, name, encoded, native);
      if (refusal) {
        this.#pending.outcomes.refuse(id, name, codeOf(refusal));
        sink.refuse(new FailedCall(refusal, name));
      } else {
        this.#pending.addStream(id, name, log, sink);
      }
    } catch (error) {
      const failure = withCode(error, 'The call cannot be made');
      if (failure.code === 'ERR_INVALID_ARGUMENT') {
        throw failure;
      }
      this.#pending.outcomes.refuse(undefined, name, failure.code);
      sink.refuse(new FailedCall(failure, name));
    }
    return sink;
  }

  /** A stream that has failed without a call. */
  failedStream(name: string, error: PythonPoolError, options: CheckedStreamOptions): StreamSink {
    const sink = this.#newSink(this.#nextId(), name, options);
    this.#pending.outcomes.refuse(undefined, name, error.code);
    sink.refuse(new FailedCall(error, name));
    return sink;
  }

  #newSink(
    id: number,
    functionName: string,
    { signal, interrupt, itemTimeout, window }: CheckedStreamOptions,
  ): StreamSink {
    const script = this.#script;
    const call = { id, functionName, script, signal, interrupt, itemTimeout, window };
    return new StreamSink(call, this.#native, (sink) => {
      if (signal) {
        this.#streamAborts.end(signal, sink);
      }
    });
  }

  /** Aborts those of these calls that have no outcome yet. */
  cancel(ids: number[]): void {
    this.#native.cancel(ids);
  }

  /** The function of a call that names this one, or none. */
  nameOf(name: string | null | undefined): string {
    const given = name ?? this.#defaultFunction;
    if (given === undefined) {
      throw invalidArgument('The call names no function, and the pool has no default function.');
    }
    return given === this.#defaultFunction ? given : checkName('functionName', given);
  }

  /** Throws for a function that cannot be streamed. */
  checkStreamed(name: string): void {
    if (this.#batches?.[name]) {
      throw invalidArgument(
        `${name} cannot be streamed: it is in the option batch, which combines calls. Call it with execute or map, ` +
          'or leave it out of batch.',
      );
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Throws for arguments that exceed `maxPayload` by far; the native side counts the bytes of the others. */
  #encode(
    args: readonly unknown[] | null | undefined,
    kwargs: Record<string, unknown> | undefined,
  ): EncodedArguments {
    try {
      return encodeArguments(args, kwargs, this.#log, this.#maxPayload);
    } catch (error) {
      if (error instanceof OverLimit) {
        const refusal = native(this.#script, () => this.#native.refuse(error.size));
        throw toError(refusal, this.#script);
      }
      throw error;
    }
  }

  /** Returns why the call cannot be submitted. */
  #submit(
    id: number,
    name: string,
    { json, paths, buffers }: EncodedArguments,
    options: NativeCallOptions | undefined,
    batch?: NativeBatching,
  ): Reason | null {
    this.#workers.update();
    const all = watchesCalls() ? own({ ...options, timed: true }) : options;
    try {
      return this.#native.submit(id, name, json, paths, buffers, all, batch);
    } catch (error) {
      return error as Error;
    }
  }

  /** The promise returned to the caller. Keep it small: it dominates the memory of a queued call. */
  #outcome(
    id: number,
    name: string,
    { signal, log }: { signal: AbortSignal | undefined; log: CallLog | undefined },
    refusal: Reason | null,
  ): Promise<unknown> {
    const outcome = this.#rawOutcome(id, name, log, refusal);
    if (!signal) {
      return outcome.then(undefined, this.#fail);
    }
    const failed = (rejection: Rejection): never => {
      throw hideFrames(toError(rejection, this.#script, signal), failed);
    };
    return outcome.then(undefined, failed).finally(() => this.#aborts.end(signal, id));
  }

  #rawOutcome(
    id: number,
    name: string,
    log: CallLog | undefined,
    refusal: Reason | null,
  ): Promise<unknown> {
    if (!refusal) {
      return this.#pending.outcomeOf(id, name, log);
    }
    this.#pending.outcomes.refuse(id, name, codeOf(refusal));
    return Promise.reject(new FailedCall(refusal, name));
  }
}

/**
 * Returns what makes the error of a rejection, in a pool with this script. It must run as a reaction of the
 * promise that the caller awaits: only then does the stack name the caller.
 */
export function failWith(script: string): (rejection: Rejection) => never {
  return function fail(rejection: Rejection): never {
    throw hideFrames(toError(rejection, script), fail);
  };
}
