// The workers of a provider. Invocations with different environments, which may call it at the same time, do not share
// any.

import type { PythonWorkerPool } from '../pool/index.js';
import type { LoadsOption } from '../pool/loads.js';
import { CallEnvironment } from './environment.js';
import type { Generation } from './generation.js';
import type { Log } from './log.js';
import { maxConcurrency } from './max-concurrency.js';
import { type Closable, Membership } from './registry.js';
import type { PythonProviderOptions } from './types.js';
import { WaitingCalls } from './waiting.js';
import type { Start } from './worker-count.js';
import { type CallScope, Workers } from './workers.js';

/** A call from its beginning on, in its environment. */
export interface ProviderScope extends CallScope {
  readonly environment: CallEnvironment;
  readonly group: Group;
}

/** The workers of one environment. */
interface Group {
  readonly workers: Workers;
  readonly waiting: WaitingCalls;
  /** promptfoo's maximum concurrency: of the first call since the last shutdown. */
  concurrency: Promise<number | undefined> | undefined;
}

export class WorkersByEnvironment {
  /** The path of the script. */
  readonly #script: string;
  readonly #log: Log;
  readonly #added: PythonProviderOptions['env'];
  readonly #membership: Membership;
  readonly #groups = new Map<string, Group>();

  /** @param added the variables that the configuration has for the provider */
  constructor(owner: Closable, script: string, log: Log, added: PythonProviderOptions['env']) {
    this.#script = script;
    this.#log = log;
    this.#added = added;
    this.#membership = new Membership(owner);
  }

  /** The pool of the newest group that has one. */
  get pool(): PythonWorkerPool | null {
    const pools = [...this.#groups.values()].map(({ workers }) => workers.pool);
    return pools.reverse().find((pool) => pool !== null) ?? null;
  }

  /** Begins a call. */
  begin(signal?: AbortSignal | null): ProviderScope {
    const environment = new CallEnvironment(this.#added);
    const group = this.#groupOf(environment.key);
    return { ...group.workers.begin(signal), environment, group };
  }

  /** As {@link Workers.use}. */
  async use<T>(
    scope: ProviderScope,
    make: (start: Start, waiting: WaitingCalls, option: LoadsOption) => PythonWorkerPool,
    use: (workers: Generation) => T | Promise<T>,
  ): Promise<T> {
    const { environment, group } = scope;
    group.concurrency ??= maxConcurrency();
    const concurrency = await group.concurrency;
    const start = { environment, concurrency };
    return group.workers.use(scope, (option) => make(start, group.waiting, option), use);
  }

  /** As {@link Workers.retry}. */
  retry(): void {
    for (const { workers } of this.#groups.values()) {
      workers.retry();
    }
  }

  async shutdown(): Promise<void> {
    const groups = [...this.#groups.values()];
    for (const group of groups) {
      group.concurrency = undefined;
    }
    await Promise.all(groups.map(({ workers }) => workers.shutdown()));
  }

  #groupOf(key: string): Group {
    const group = this.#groups.get(key) ?? {
      workers: new Workers(this.#membership, this.#script, this.#log),
      waiting: new WaitingCalls(),
      concurrency: undefined,
    };
    this.#groups.set(key, group);
    return group;
  }
}
